"""cgroup: memory cgroups by their names, without the paths of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command
from thpsh.commands.words import living_task
from thpsh.errors import UsageError
from thpsh.fs.directories import ROOT, group_at, mkdir, rmdir

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser

_USAGE: Final = (
    "cgroup create PATH [LIMIT]",
    "cgroup set PATH FILE VALUE",
    "cgroup attach PATH PROC",
    "cgroup rm PATH",
)
_PLAIN: Final = ("memory.", "cgroup.")
_OTHERS: Final = ("tasks", "notify_on_release", "release_agent")
_WORDS: Final = {"create": (1, 2), "set": (3, 3), "attach": (2, 2), "rm": (1, 1)}


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("action", metavar="ACTION", choices=tuple(_WORDS), help="create, set, attach or rm")
    parser.add_argument("words", metavar="WORD", nargs="*", help="what the forms above say")


def _folder(path: str) -> str:
    return path if path.startswith(f"{ROOT}/") or path == ROOT else f"{ROOT}/{path.lstrip('/')}"


def run(call: Call) -> None:
    """Make, set, fill or remove a group."""
    action, words = call.option("action"), call.option("words")
    fewest, most = _WORDS[action]
    if not fewest <= len(words) <= most:
        form = next(line for line in _USAGE if line.split()[1] == action)
        raise UsageError(f"expected {form}")
    vfs, path = call.session.vfs, words[0]
    if action == "create":
        mkdir(vfs, _folder(path))
        if len(words) > 1:
            vfs.write(f"{_folder(path)}/memory.limit_in_bytes", words[1])
    elif action == "rm":
        rmdir(vfs, _folder(path))
    elif action == "attach":
        task = living_task(call.kernel, words[1])
        vfs.write(f"{ROOT}{group_at(vfs, path).path.rstrip('/')}/tasks", str(task.pid))
    else:
        name = words[1] if words[1].startswith(_PLAIN) or words[1] in _OTHERS else f"memory.{words[1]}"
        vfs.write(f"{_folder(path)}/{name}", words[2], create=False)


COMMAND = Command(
    name="cgroup",
    group="Pressure",
    summary="make, set, fill and remove memory cgroups",
    example="cgroup create web 64M; cgroup attach web app",
    arguments=_arguments,
    run=run,
    usage=_USAGE,
    details="PATH is that of a group inside /cgroup; FILE is short for memory.FILE.",
)
