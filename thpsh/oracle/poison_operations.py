"""Operations that let memory fail, and ask what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.prctl import mce_kill
from thpsh.oracle.reply import Reply
from thpsh.structs.page import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Process, Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.oracle.words import Words

_KB: Final = 4


def _poison(recorder: Recorder, words: Words) -> Reply:
    return _one_page(recorder, words, Madv.HWPOISON)


def _softoffline(recorder: Recorder, words: Words) -> Reply:
    return _one_page(recorder, words, Madv.SOFT_OFFLINE)


def _one_page(recorder: Recorder, words: Words, advice: int) -> Reply:
    process = recorder.process(words)
    madvise(recorder.kernel, process.task, process.region(words[2])[1], PAGE_SIZE, advice)
    return Reply()


def _mcekill(recorder: Recorder, words: Words) -> Reply:
    """PR_MCE_KILL: early and late are themselves, any other word means the system's default."""
    policy = words[2] if words[2] in ("early", "late") else "default"
    mce_kill(recorder.kernel, recorder.process(words).task, policy)
    return Reply()


def _signals(recorder: Recorder, words: Words) -> Reply:
    process = recorder.process(words)
    return Reply({"value": " ".join(f"{code} {_place(process, at)}" for code, at in process.task.signals)})


def _place(process: Process, address: int) -> str:
    """REGION+OFFSET of an address."""
    for name, region in process.regions.items():
        if region.base <= address < region.base + region.length:
            return f"{name}+{address - region.base}"
    return f"?+{address}"


def _hwcorrupted(recorder: Recorder, words: Words) -> Reply:
    del words
    return Reply({"value": f"{recorder.kernel.totals.hwpoison_pages * _KB} kB"})


POISON_OPERATIONS: Final[Mapping[str, Handler]] = {
    "poison": _poison,
    "softoffline": _softoffline,
    "mcekill": _mcekill,
    "signals": _signals,
    "hwcorrupted": _hwcorrupted,
}
