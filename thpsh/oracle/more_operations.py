"""Operations that were added to the recorder later: /proc files of a process, big memory with holes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock
from thpsh.mm.mman import Madv
from thpsh.mm.mmap import MapRequest, mmap
from thpsh.oracle.recorder import FIXED
from thpsh.oracle.reply import Reply
from thpsh.structs.page import PAGE_SHIFT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Process, Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.oracle.words import Words

_ENTRY: Final = 8  # bytes of pagemap for each page


def _status(recorder: Recorder, words: Words) -> Reply:
    path = _proc(recorder.process(words), "status")
    return Reply({"value": pick_lines(recorder.files.read(path), words.words[2:])})


def _procfile(recorder: Recorder, words: Words) -> Reply:
    path = _proc(recorder.process(words), words[2])
    return Reply({"value": pick_lines(recorder.files.read(path), words.words[3:])})


def _pick(recorder: Recorder, words: Words) -> Reply:
    return Reply({"value": pick_lines(recorder.files.read(words[1]), [words[2], *words.words[3:]])})


def pick_lines(text: str, keys: list[str]) -> str:
    """The lines of a file that begin with one of the keys, joined, with single blanks; no key: the whole file."""
    if not keys:
        return text
    found = []
    for line in text.splitlines():
        bare = line.lstrip(" \t")
        if any(bare.startswith(key) and bare[len(key) : len(key) + 1] in ("", ":", " ", "\t") for key in keys):
            found.append(line)
    joined = "; ".join(found).replace("\t", " ")
    first, rest = joined[:1], joined[1:]
    return first + "".join(letter for place, letter in enumerate(rest) if letter != " " or joined[place] != " ")


def _proc(process: Process, name: str) -> str:
    return f"/proc/{process.task.pid}/{name}"


def _procwrite(recorder: Recorder, words: Words) -> Reply:
    recorder.files.write(_proc(recorder.process(words), words[2]), words[3], create=False)
    return Reply()


def _oomadj(recorder: Recorder, words: Words) -> Reply:
    recorder.files.write(_proc(recorder.process(words), "oom_score_adj"), words[2], create=False)
    return Reply()


def _readpagemap(recorder: Recorder, words: Words) -> Reply:
    process = recorder.process(words)
    first, pages = process.region(words[2])[1] >> PAGE_SHIFT, words.size(3) >> PAGE_SHIFT
    recorder.files.read_bytes(_proc(process, "pagemap"), first * _ENTRY, pages * _ENTRY)
    return Reply()


def _hog(recorder: Recorder, words: Words) -> Reply:
    """Map memory and touch all of it, in huge pages, in small ones, or as the policy says."""
    process, size = recorder.process(words), words.size(3)
    kind = words.words[4] if len(words) > 4 else ""
    where = mmap(recorder.kernel, process.task, MapRequest(recorder.new_window(), size, flags=FIXED))
    process.add(words[2], where, size)
    if kind in ("small", "huge"):
        madvise(recorder.kernel, process.task, where, size, Madv.HUGEPAGE if kind == "huge" else Madv.NOHUGEPAGE)
    if kind != "untouched":
        touch(recorder.kernel, process.task, where, size, TouchMode())
    return Reply()


def _punch(recorder: Recorder, words: Words) -> Reply:
    """Of every STRIDE bytes keep the first, and lock them if told so; give the others back."""
    process, length, stride, keep = recorder.process(words), words.size(3), words.size(4), words.size(5)
    start = process.region(words[2])[1]
    kernel, task = recorder.kernel, process.task
    for address in range(start, start + length, max(stride, 1)):
        if len(words) > 6:
            mlock(kernel, task, address, keep)
        madvise(kernel, task, address + keep, stride - keep, Madv.DONTNEED)
    return Reply({"holes": -(-length // max(stride, 1))})


MORE_OPERATIONS: Final[Mapping[str, Handler]] = {
    "status": _status,
    "procfile": _procfile,
    "pick": _pick,
    "procwrite": _procwrite,
    "oomadj": _oomadj,
    "readpagemap": _readpagemap,
    "hog": _hog,
    "punch": _punch,
}
