"""Operations on processes, files and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.exit import do_exit, reap
from thpsh.mm.fork import fork
from thpsh.mm.kthreads import pass_time
from thpsh.mm.page_alloc import drain_all_pages
from thpsh.oracle.program import run_child, run_parent
from thpsh.oracle.recorder import Process, Region
from thpsh.oracle.recording import NOT_LOOKED
from thpsh.oracle.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.oracle.words import Words

_MILLISECOND: Final = 10**6
_SETTLED: Final = 2100  # milliseconds in which per-CPU counters are folded


def _spawn(recorder: Recorder, words: Words) -> Reply:
    recorder.spawn(words[1])
    return Reply()


def _fork(recorder: Recorder, words: Words) -> Reply:
    parent = recorder.process(words)
    task = fork(recorder.kernel, parent.task, words[2], sibling=True)
    run_parent(recorder.kernel, parent.task)
    run_child(recorder.kernel, task, heap=1)
    regions = {name: Region(region.base, region.length) for name, region in parent.regions.items()}
    recorder.enter(Process(words[2], task, regions, parent.heap))
    return Reply()


def _exit(recorder: Recorder, words: Words) -> Reply:
    process = recorder.process(words)
    do_exit(recorder.kernel, process.task)
    del recorder.processes[process.name]
    reap(recorder.kernel)
    return Reply()


def _write(recorder: Recorder, words: Words) -> Reply:
    path, text = words[1], words.value(1)
    if any(part in path for part in NOT_LOOKED):
        recorder.drain()
    written = recorder.files.write(path, text, create=False)
    return Reply({"written": written} if written != len(text) else {})


def _read(recorder: Recorder, words: Words) -> Reply:
    return Reply({"value": recorder.files.read(words[1])})


def _sleep(recorder: Recorder, words: Words) -> Reply:
    pass_time(recorder.kernel, words.size(1) * _MILLISECOND)
    return Reply()


def _settle(recorder: Recorder, words: Words) -> Reply:
    del words
    pass_time(recorder.kernel, _SETTLED * _MILLISECOND)
    return Reply()


def _exact(recorder: Recorder, words: Words) -> Reply:
    if words[1] == "on":
        recorder.exact = True
    return _settle(recorder, words)


def _watch(recorder: Recorder, words: Words) -> Reply:
    """More counters in the recording, but only thp_* are compared."""
    del recorder, words
    return Reply()


def _drain(recorder: Recorder, words: Words) -> Reply:
    del words
    recorder.drain()
    drain_all_pages(recorder.kernel)
    return Reply()


HOST_OPERATIONS: Final[Mapping[str, Handler]] = {
    "spawn": _spawn,
    "fork": _fork,
    "exit": _exit,
    "write": _write,
    "read": _read,
    "sleep": _sleep,
    "settle": _settle,
    "exact": _exact,
    "watch": _watch,
    "drain": _drain,
}
