"""Operations that wake khugepaged or wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.kthreads import pass_time
from thpsh.oracle.recorder import THP
from thpsh.oracle.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.oracle.words import Words

_MILLISECOND: Final = 10**6
_STEP: Final = 5  # milliseconds between two looks at full_scans
_PATIENCE: Final = 20_000  # without any progress
_PATIENCE_WHEN_OFF: Final = 3_000
_LIMIT: Final = 60_000
_WORK: Final = 400  # milliseconds that khugepaged is given after a wake-up


def _wait_khugepaged(recorder: Recorder, words: Words) -> Reply:
    """Wait until full_scans has advanced by so much; give up when it does not move."""
    kernel, wanted = recorder.kernel, words.size(1)
    recorder.drain()
    patience = _PATIENCE if kernel.thp.enabled else _PATIENCE_WHEN_OFF
    start = last = kernel.khugepaged.full_scans
    idle = total = 0
    while last - start < wanted and total < _LIMIT and idle < patience:
        pass_time(kernel, _STEP * _MILLISECOND)
        total += _STEP
        idle += _STEP
        if kernel.khugepaged.full_scans != last:
            idle, last = 0, kernel.khugepaged.full_scans
    if last - start >= wanted:
        return Reply()
    return Reply({"full_scans": last - start} if last != start else {}, ret="-ETIMEDOUT")


def _wake(recorder: Recorder, words: Words) -> Reply:
    """One wake-up, and time to work."""
    before = recorder.kernel.khugepaged.full_scans
    recorder.drain()
    recorder.files.write(THP + "khugepaged/scan_sleep_millisecs", "600000")
    pass_time(recorder.kernel, (words.size(1) if len(words) > 1 else _WORK) * _MILLISECOND)
    return Reply({"full_scans": recorder.kernel.khugepaged.full_scans - before})


KHUGEPAGED_OPERATIONS: Final[Mapping[str, Handler]] = {"wait_khugepaged": _wait_khugepaged, "wake": _wake}
