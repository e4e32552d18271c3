"""save: the session as a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thpsh.boot.spec import MachineSpec
from thpsh.commands.command import Command
from thpsh.errors import UsageError
from thpsh.line.parser import parse
from thpsh.line.syntax import For
from thpsh.observe.slots import slot_letters
from thpsh.record import names_of
from thpsh.structs.config import BuildConfig
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.commands.session import Session
    from thpsh.commands.typed_line import TypedLine

_SIZES: Final = ("memory", "swap")
_PLAIN: Final = (
    "kernel",
    "memory",
    "nodes",
    "cpus",
    "swap",
    "cmdline",
    "seed",
    "revert",
    "apply",
    "intended",
    "drained",
)
_NOT_UNDERSTOOD: Final = (2, 127)
_MOST_SLOTS: Final = 64
_SEEN: Final = ("AnonHugePages", "HugePages_Total")


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file of the real host; `-` prints it")
    parser.add_argument("--expect", action="store_true", help="end with what is seen now, as expectations")


def run(call: Call) -> None:
    """Write front matter, the lines whose effect stands, and, if asked for, expectations."""
    session = call.session
    lines = [*_front(session.first_spec or MachineSpec()), *(_line(each) for each in session.typed if each.stands)]
    if call.option("expect"):
        lines += ["", "# What was seen at the end.", *_seen(session)]
    session.host_files.write(call.option("file"), "".join(f"{line}\n" for line in lines))


def _front(spec: MachineSpec) -> Iterator[str]:
    """The machine that the session began on, as front matter."""
    if spec.zones:
        raise UsageError("this session began on a captured host: a scenario cannot describe that")
    default = MachineSpec()
    yield "+++"
    yield 'title = "A saved session"'
    for name in _PLAIN:
        value = getattr(spec, name)
        if value != getattr(default, name) and not (spec.node_list and name in ("memory", "nodes", "cpus")):
            yield f"{name} = {_toml(format_size(value) if name in _SIZES else value)}"
    for node in spec.node_list:
        yield "[[node]]"
        yield f"memory = {_toml(format_size(node.memory))}"
        yield f"cpus = {node.cpus}"
        if node.distance:
            yield f"distance = {list(node.distance)}"
    if not spec.pse:
        yield "[cpu]"
        yield "pse = false"
    changed = [name for name in names_of(BuildConfig) if getattr(spec.build, name) != getattr(default.build, name)]
    if changed:
        yield "[build]"
        yield from (f"{name} = {_toml(getattr(spec.build, name))}" for name in changed)
    yield "+++"


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return str(value) if isinstance(value, int) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _line(each: TypedLine) -> str:
    """A line as a scenario must have it: one that failed is expected to fail."""
    text = each.text
    if not each.status:
        return text
    if each.status in _NOT_UNDERSTOOD:
        return "\n".join(f"# {line}" for line in f"(not understood) {text}".split("\n"))
    if each.errno and _is_one_command(text):
        return f"fails {each.errno} {text}"
    return f"{text} || say it ended with status {each.status}"


def _is_one_command(text: str) -> bool:
    """Is a line one command, without pipes, lists and loops?"""
    lists = parse(text).lists
    pipelines = [pipeline for each in lists for _, pipeline in each.pipelines]
    return len(pipelines) == 1 and len(pipelines[0].commands) == 1 and not isinstance(pipelines[0].commands[0], For)


def _seen(session: Session) -> Iterator[str]:
    """What is seen now: gauges, counters of huge pages, and the slots of every region."""
    for line in session.peek("/proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        if name in _SEEN:
            yield f"expect /proc/meminfo {name} == {value.strip()}"
    for line in session.peek("/proc/vmstat").splitlines():
        if line.startswith("thp_"):
            yield f"expect /proc/vmstat {line.split()[0]} == {line.split()[1]}"
    kernel = session.machine.kernel
    newest = {task.name: task for task in kernel.tasks.values() if task.mm is not None and not task.dead}
    for task in newest.values():
        for name, region in task.regions.items():
            if task.mm is None or region.end - region.start > _MOST_SLOTS << 21:
                continue
            letters = "".join(letter for letter, _ in slot_letters(kernel, task.mm, region.start, region.end))
            yield f"expect slots {task.name} {name} == {letters}"


COMMAND = Command(
    name="save",
    group="Session",
    summary="write the session as a scenario that can be replayed",
    example="save -",
    arguments=_arguments,
    run=run,
    usage=("save FILE [--expect]",),
    details="Lines that were undone are left out; those that failed are expected to fail.\n"
    "`thpsh run FILE` replays it and comes to the same state.",
)
