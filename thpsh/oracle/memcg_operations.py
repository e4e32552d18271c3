"""Operations on memory cgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.cgroup import cgroup_create, cgroup_rmdir
from thpsh.mm.fault import TouchMode, touch
from thpsh.oracle.more_operations import pick_lines
from thpsh.oracle.observer import look
from thpsh.oracle.program import MAKE_GROUP, MOVE_GROUP, PICK_LINES, use_heap
from thpsh.oracle.reply import Reply
from thpsh.oracle.words import Refused, Words, size_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.structs.memcg import MemCgroup

ROOT: Final = "/cgroup"
_KEYS: Final = 3  # words before those that pick lines
_PLAIN: Final = ("memory.", "cgroup.")


def _group(recorder: Recorder, name: str) -> MemCgroup:
    """A group made before; `-` is the root."""
    if name == "-":
        return recorder.kernel.root_memcg
    if name not in recorder.groups:
        raise Refused("no such group")
    return recorder.groups[name]


def _make(recorder: Recorder, parent: MemCgroup, name: str) -> None:
    use_heap(recorder.kernel, recorder.task, MAKE_GROUP)
    recorder.groups[name] = cgroup_create(recorder.kernel, parent, f"thpprobe-{name}")


def _path(recorder: Recorder, name: str, file: str) -> str:
    return f"{ROOT}{_group(recorder, name).path.rstrip('/')}/{file}"


def _file(recorder: Recorder, words: Words) -> str:
    """CG FILE: `limit_in_bytes` stands for `memory.limit_in_bytes`."""
    name = words[2]
    plain = name == "tasks" or name.startswith(_PLAIN)
    return _path(recorder, words[1], name if plain else f"memory.{name}")


def _cgroup(recorder: Recorder, words: Words) -> Reply:
    """Make a group if it is not there, limit it, put a process into it."""
    process, name, limit = recorder.process(words), words[2], words.option("limit")
    try:
        _make(recorder, recorder.kernel.root_memcg, name)
    except KernelError as error:
        if error.errno is not Errno.EEXIST:
            raise
    if limit:
        size = str(size_of(limit, "bad size"))
        recorder.files.write(_path(recorder, name, "memory.limit_in_bytes"), size, create=False)
    recorder.files.write(_path(recorder, name, "tasks"), str(process.task.pid), create=False)
    return Reply()


def _cgmk(recorder: Recorder, words: Words) -> Reply:
    _make(recorder, _group(recorder, words[2] if len(words) > 2 else "-"), words[1])
    return Reply()


def _cgrm(recorder: Recorder, words: Words) -> Reply:
    cgroup_rmdir(recorder.kernel, _group(recorder, words[1]))
    return Reply()


def _cgmove(recorder: Recorder, words: Words) -> Reply:
    pid = recorder.process(words).task.pid
    use_heap(recorder.kernel, recorder.task, MOVE_GROUP)
    recorder.files.write(_path(recorder, words[2], "tasks"), str(pid), create=False)
    return Reply()


def _cgset(recorder: Recorder, words: Words) -> Reply:
    recorder.files.write(_file(recorder, words), words.value(2), create=False)
    return Reply()


def _cgget(recorder: Recorder, words: Words) -> Reply:
    text = recorder.files.read(_file(recorder, words))
    if len(words) > _KEYS:
        use_heap(recorder.kernel, recorder.task, PICK_LINES)
    return Reply({"value": pick_lines(text, words.words[3:])})


def _touchbg(recorder: Recorder, words: Words) -> Reply:
    """A touch that nobody waits for; its faults count for `join`."""
    process = recorder.process(words)
    before, seen = process.task.min_flt, look(recorder)
    start = process.region(words[2])[1]
    mode = TouchMode(write=words[4] == "write", caught=True)
    touch(recorder.kernel, process.task, start, words.size(3), mode)
    recorder.background[process.name] = before
    recorder.unseen |= {place: view for place, view in seen.items() if place[0] == process.name}
    return Reply()


def _join(recorder: Recorder, words: Words) -> Reply:
    process = recorder.process(words)
    if process.task.oom_wait is not None:
        return Reply(ret=f"-{Errno.ETIMEDOUT.name}")
    recorder.unseen = {place: view for place, view in recorder.unseen.items() if place[0] != process.name}
    recorder.owed = process.task.min_flt - recorder.background.pop(process.name, process.task.min_flt)
    return Reply()


MEMCG_OPERATIONS: Final[Mapping[str, Handler]] = {
    "cgroup": _cgroup,
    "cgmk": _cgmk,
    "cgrm": _cgrm,
    "cgmove": _cgmove,
    "cgset": _cgset,
    "cgget": _cgget,
    "touchbg": _touchbg,
    "join": _join,
}
