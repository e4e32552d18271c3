"""The built-in filters: their words, what they do, and a line that works; read by the filters, help and completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.errors import UsageError
from thpsh.line.filters.options import NUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_OPTIONS: Final[Mapping[str, str]] = {}


class Filter(NamedTuple):
    """One filter: its module, what it does, a line that works, and its words."""

    module: str
    summary: str
    example: str
    form: str = "[FILE ...]"  # what follows its options
    options: Mapping[str, str] = _NO_OPTIONS  # `-v`, or `-e RE` with a value -> what it does

    def letters(self) -> tuple[str, str]:
        """The letters of its options: those that stand alone, and those with a value."""
        plain = "".join(words[1:] for words in self.options if " " not in words and words != NUMBER)
        valued = "".join(words[1] for words in self.options if " " in words)
        return plain, valued + "#" * (NUMBER in self.options)


_GREP: Final = {
    "-v": "lines that do not match",
    "-i": "upper and lower case are the same",
    "-w": "whole words",
    "-x": "whole lines",
    "-c": "how many lines match",
    "-n": "with the number of each line",
    "-o": "only what matches of each line",
    "-l": "the names of files with such lines",
    "-L": "the names of files without",
    "-q": "nothing; the status says if there are any",
    "-h": "without names of files",
    "-H": "with names of files",
    "-r": "folders: every file in them",
    "-s": "nothing about files that cannot be read",
    "-E": "extended patterns, as egrep",
    "-F": "plain text, as fgrep",
    "-G": "basic patterns (default)",
    "-e RE": "a pattern; more than one may be given",
    "-A N": "N lines after each, too",
    "-B N": "N lines before each",
    "-C N": "both",
    "-m N": "the first N of each file",
}
_HEAD: Final = {
    "-n N": "so many lines (default 10)",
    NUMBER: "the same",
    "-c N": "so many characters",
    "-q": "never the names of files",
    "-v": "always the names of files",
}
_SORT: Final = {
    "-n": "by numbers",
    "-h": "by sizes: 2K, 1M, 3G",
    "-r": "the other way round",
    "-u": "equal lines once",
    "-f": "upper and lower case are the same",
    "-b": "without blanks in front",
    "-s": "lines with equal keys stay in their order",
    "-k F[,F]": "by these fields; n, r, h, b may stand behind them",
    "-t CHAR": "what is between fields (default blanks)",
}
_UNIQ: Final = {
    "-c": "with the number of each",
    "-d": "only those repeated",
    "-u": "only those not repeated",
    "-i": "upper and lower case are the same",
}
_WC: Final = {"-l": "lines", "-w": "words", "-c": "bytes", "-m": "the same"}
_CUT: Final = {
    "-f LIST": "fields: 1, 2-4, 3-",
    "-c LIST": "characters",
    "-b LIST": "the same",
    "-d CHAR": "what is between fields (default TAB)",
    "-s": "only lines with fields",
}
_TR: Final = {"-d": "delete", "-s": "squeeze repeated ones", "-c": "all others than SET1", "-C": "the same"}
_SED: Final = {"-n": "only what p prints", "-E": "extended patterns", "-r": "the same", "-e SCRIPT": "one of several"}
_AWK: Final = {"-F CHARS": "what is between fields (default blanks)", "-v NAME=VALUE": "a variable"}
_PATTERN: Final = "PATTERN [FILE ...]"

FILTERS: Final = {
    "grep": Filter("grep", "lines that match a pattern", "grep ^thp_ /proc/vmstat", _PATTERN, _GREP),
    "egrep": Filter("grep", "grep -E", "egrep 'MemTotal|MemFree' /proc/meminfo", _PATTERN, _GREP),
    "fgrep": Filter("grep", "grep -F", "fgrep kB /proc/meminfo", _PATTERN, _GREP),
    "head": Filter("head", "the first lines", "head -n 3 /proc/meminfo", options=_HEAD),
    "tail": Filter("head", "the last lines", "tail -n 3 /proc/meminfo", options=_HEAD),
    "sort": Filter("sort", "lines in order", "cat /proc/vmstat | sort -k2 -n -r | head -3", options=_SORT),
    "uniq": Filter(
        "uniq", "repeated lines once", "awk '/^Node/ {print $2}' /proc/zoneinfo | uniq -c", "[FILE]", _UNIQ
    ),
    "wc": Filter("wc", "count lines, words and characters", "cat /proc/vmstat | wc -l", options=_WC),
    "cut": Filter(
        "cut", "some fields or characters of each line", "cat /proc/vmstat | cut -d ' ' -f 1", options=_CUT
    ),
    "tr": Filter(
        "tr", "replace, squeeze or delete characters", "cat /proc/version | tr a-z A-Z", "SET1 [SET2]", _TR
    ),
    "tee": Filter(
        "tee", "write to emulated files and pass on",
        "echo always | tee /sys/kernel/mm/transparent_hugepage/enabled", options={"-a": "as >> would"},
    ),
    "sed": Filter(
        "sed", "replace text (s/RE/TEXT/) or print lines (-n 3p)", "sed -n 1,3p /proc/meminfo",
        "SCRIPT [FILE ...]", _SED,
    ),
    "awk": Filter(
        "awk", "fields, conditions, sums", "awk '/^thp_/ {s += $2} END {print s}' /proc/vmstat",
        "PROGRAM [FILE ...]", _AWK,
    ),
}  # fmt: skip


def about(name: str) -> str:
    """The help text of a filter; UsageError if there is none of that name."""
    found = FILTERS.get(name)
    if found is None:
        raise UsageError(f"{name!r}: no such filter")
    width = max(map(len, found.options))
    options = "".join(f"  {words:<{width}}  {text}\n" for words, text in found.options.items())
    return (
        f"usage: {name} [OPTION ...] {found.form}\n\n{found.summary}\n\noptions:\n{options}\nexample: {found.example}\n"
    )
