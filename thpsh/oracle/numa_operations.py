"""Operations on machines with several nodes: where processes run, and where their memory is to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.mbind import MbindRequest, Mpol, mbind
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.mm.migrate_to_node import migratepages
from thpsh.mm.move_pages import move_pages
from thpsh.oracle.reply import Reply
from thpsh.oracle.words import Refused, Words
from thpsh.structs.mempolicy import PolicyMode
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Recorder
    from thpsh.oracle.reply import Handler

_FLAGS: Final = {"strict": Mpol.STRICT, "move": Mpol.MOVE, "moveall": Mpol.MOVE_ALL}
_MOST_PAGES: Final = 4096  # that the recorder's vector holds
_NO_POLICY: Final = "-"


def _cpu(recorder: Recorder, words: Words) -> Reply:
    process = recorder.process(words)
    number = words.size(2)
    if number >= len(recorder.kernel.cpus):
        raise KernelError(Errno.EINVAL, f"there is no CPU {number}")
    recorder.kernel.own(process.task)
    process.task.cpu = number
    return Reply()


def _policy(word: str) -> PolicyMode:
    try:
        return PolicyMode[word.upper()]
    except KeyError:
        raise Refused("bad policy") from None


def _nodes(word: str) -> tuple[int, ...]:
    return () if word == _NO_POLICY else tuple(int(number) for number in word.split(",") if number.isdigit())


def _mbind(recorder: Recorder, words: Words) -> Reply:
    process = recorder.process(words)
    _, address = process.region(words[2])
    flags = 0
    for word in words.words[6:]:
        flags |= _FLAGS.get(word, 0)
    request = MbindRequest(address, words.size(3), _policy(words[4]), _nodes(words[5]), flags)
    mbind(recorder.kernel, process.task, request)
    return Reply()


def _mempolicy(recorder: Recorder, words: Words) -> Reply:
    set_mempolicy(recorder.kernel, recorder.process(words).task, _policy(words[2]), _nodes(words[3]))
    return Reply()


def _migratepages(recorder: Recorder, words: Words) -> Reply:
    task = recorder.process(words).task
    return Reply({"left": migratepages(recorder.kernel, recorder.task.cpu, task, _nodes(words[2]), _nodes(words[3]))})


def _movepages(recorder: Recorder, words: Words) -> Reply:
    """The status of each page in runs; `unset` where the call failed before it said any."""
    process = recorder.process(words)
    _, address = process.region(words[2])
    pages = min(words.size(3) >> PAGE_SHIFT, _MOST_PAGES)
    node = int(words[4]) if len(words) > 4 else None
    bounds = address, address + pages * PAGE_SIZE
    try:
        found = move_pages(recorder.kernel, recorder.task.cpu, process.task, bounds, node)
    except KernelError as error:
        return Reply({"value": f"unset*{pages}"}, f"-{error.errno.name}")
    status = [(f"{number}" if number >= 0 else Errno(-number).name, count) for number, count in found]
    return Reply({"value": " ".join(f"{name}*{count}" for name, count in status)})


NUMA_OPERATIONS: Final[Mapping[str, Handler]] = {
    "cpu": _cpu,
    "mbind": _mbind,
    "mempolicy": _mempolicy,
    "migratepages": _migratepages,
    "movepages": _movepages,
}
