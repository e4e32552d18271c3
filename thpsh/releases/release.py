"""Release: names of kernels and their order; the only place that compares them."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from thpsh.errors import UsageError
from thpsh.record import record

_WORD: Final = re.compile(r"(2\.6\.3[789]|3\.[01])(?:\.0)?(?:-rc(\d{1,2}))?")
_FINAL: Final = 100
_BUILT: Final = {
    "2.6.37": "Wed Jan 5 00:50:19 UTC 2011",
    "2.6.38": "Tue Mar 15 01:20:32 UTC 2011",
    "2.6.39": "Thu May 19 04:06:34 UTC 2011",
    "3.0": "Fri Jul 22 02:17:23 UTC 2011",
    "3.1": "Mon Oct 24 07:10:05 UTC 2011",
}
# Days on which candidates were tagged, as far as the history needs them.
_CANDIDATES: Final = {
    "2.6.38": ("Jan 18", "Jan 22", "Feb 1", "Feb 8", "Feb 16", "Feb 22", "Mar 1", "Mar 8"),
    "2.6.39": ("Mar 29", "Apr 6", "Apr 12", "Apr 19", "Apr 27", "May 4", "May 10"),
    "3.0": ("May 30", "Jun 6", "Jun 13", "Jun 21", "Jun 28", "Jul 5", "Jul 11"),
    "3.1": ("Aug 8", "Aug 14", "Aug 22", "Aug 29", "Sep 5", "Sep 12", "Sep 21", "Sep 27", "Oct 5", "Oct 17"),
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct")
_WEEKDAYS: Final = ("Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri")  # 1 January 2011 was a Saturday
_MONTH_STARTS: Final = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273)


@record(frozen=True, order=True)
class Release:
    """One kernel: its series and release candidate, ordered as they came out."""

    order: tuple[int, ...]
    candidate: int  # 100 for the release itself
    series: str

    @property
    def text(self) -> str:
        """Its usual name: 2.6.38-rc1, 3.0."""
        return self.series if self.candidate == _FINAL else f"{self.series}-rc{self.candidate}"

    @property
    def uname(self) -> str:
        """What uname -r prints: the 3.x series had three numbers."""
        number = f"{self.series}.0" if self.series.startswith("3") else self.series
        return number if self.candidate == _FINAL else f"{number}-rc{self.candidate}"

    @property
    def built(self) -> str:
        """The date in /proc/version: that of the release; candidates at midnight of the day they were tagged."""
        if self.candidate == _FINAL:
            return _BUILT[self.series]
        month, day = _CANDIDATES[self.series][self.candidate - 1].split()
        weekday = _WEEKDAYS[(_MONTH_STARTS[_MONTHS.index(month)] + int(day) - 1) % len(_WEEKDAYS)]
        return f"{weekday} {month} {day} 00:00:00 UTC 2011"


@cache
def parse(word: str) -> Release:
    """The release of a name like 2.6.39-rc4, 3.0 or 3.0.0; UsageError lists what is known."""
    found = _WORD.fullmatch(word)
    if found:
        series, candidate = found[1], int(found[2]) if found[2] else _FINAL
        if candidate == _FINAL or 1 <= candidate <= len(_CANDIDATES.get(series, ())):
            return Release(tuple(int(part) for part in series.split(".")), candidate, series)
    raise UsageError(f"kernel {word!r}: expected 2.6.37, 2.6.38, 2.6.39, 3.0 or 3.1, or a candidate like 2.6.38-rc1")
