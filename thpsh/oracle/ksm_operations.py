"""Operations on KSM: contents of pages, ksmd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.fill import fill, words
from thpsh.mm.kthreads import pass_time
from thpsh.oracle.reply import Reply
from thpsh.oracle.words import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.oracle.words import Words

RUN: Final = "/sys/kernel/mm/ksm/run"
_VALUES: Final = {"run": "1", "stop": "0", "unmerge": "2"}
_STEP: Final = 5 * 10**6  # nanoseconds between two looks at full_scans
_LOOKS: Final = 6000


def _fill(recorder: Recorder, line: Words) -> Reply:
    process = recorder.process(line)
    address, seed = process.region(line[2])[1], line.size(4)
    report = fill(recorder.kernel, process.task, address, line.size(3), words(seed))
    if report.signal and report.at is not None:
        return Reply({"at": report.at - process.region(line[2])[0].base}, report.signal)
    return Reply()


def _ksm(recorder: Recorder, line: Words) -> Reply:
    ret = "0"
    if line[1] in _VALUES:
        recorder.files.write(RUN, _VALUES[line[1]])
    elif line[1] == "wait":
        ret = "0" if _wait(recorder, line.size(2)) else "-ETIMEDOUT"
    else:
        raise Refused("bad ksm")
    ksm = recorder.kernel.ksm
    counts = f"shared {ksm.pages_shared} sharing {ksm.pages_sharing} unshared {ksm.pages_unshared}"
    return Reply({"value": f"{counts} volatile {ksm.pages_volatile}"}, ret)


def _wait(recorder: Recorder, scans: int) -> bool:
    """Let time pass until so many full scans are done."""
    ksm = recorder.kernel.ksm
    wanted = ksm.full_scans + scans
    for _ in range(_LOOKS):
        if ksm.full_scans >= wanted:
            break
        pass_time(recorder.kernel, _STEP)
    return ksm.full_scans >= wanted


KSM_OPERATIONS: Final[Mapping[str, Handler]] = {"fill": _fill, "ksm": _ksm}
