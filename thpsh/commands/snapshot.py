"""snapshot: places in the session that one can return to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.commands.facts import facts
from thpsh.errors import UsageError
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.machine.history import Snapshot

_USAGE: Final = (
    "snapshot save NAME",
    "snapshot restore NAME",
    "snapshot list [--json]",
    "snapshot diff NAME [OTHER] [--json]",
    "snapshot export FILE",
    "snapshot import FILE",
)
_WORDS: Final = {"save": (1, 1), "restore": (1, 1), "list": (0, 0), "diff": (1, 2), "export": (1, 1), "import": (1, 1)}
_NS_PER_S: Final = 10**9


def _arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "action", metavar="ACTION", choices=tuple(_WORDS), help="save, restore, list, diff, export, import"
    )
    parser.add_argument("words", metavar="NAME", nargs="*", help="a snapshot, or a file of the real host")
    json_argument(parser)


def _find(call: Call, name: str) -> Snapshot:
    found = call.session.steps.snapshots.get(name)
    if found is None:
        known = ", ".join(call.session.steps.snapshots) or "none yet"
        raise UsageError(f"{name!r}: no such snapshot; there are: {known}")
    return found


def _list(call: Call) -> None:
    rows = [
        (each.name, f"{each.time / _NS_PER_S:.6f}", each.after.line if each.after else "(the start)")
        for each in call.session.steps.snapshots.values()
    ]
    notes = () if rows else ("no snapshots; `snapshot save NAME` makes one",)
    show(Report(("NAME", "TIME", "AFTER"), rows, notes), call.out, as_json=call.option("json"))


def _diff(call: Call, names: list[str]) -> None:
    before = _find(call, names[0]).facts
    now = _find(call, names[1]).facts if len(names) > 1 else facts(call.session)
    rows = [
        (name, before.get(name, "-"), now.get(name, "-"))
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    ]
    columns = ("WHAT", names[0].upper(), names[1].upper() if len(names) > 1 else "NOW")
    show(Report(columns, rows, () if rows else ("no difference",)), call.out, as_json=call.option("json"))


def run(call: Call) -> None:
    """Name the present state, go to a named one, or say what differs."""
    action, names = call.option("action"), call.option("words")
    fewest, most = _WORDS[action]
    if not fewest <= len(names) <= most:
        raise UsageError(f"expected {next(line for line in _USAGE if line.split()[1] == action)}")
    session = call.session
    if action == "save":
        session.steps.snapshot(names[0], (session.machine, session.spec), facts(call.session))
    elif action == "restore":
        _find(call, names[0])
        session.attach(*session.steps.restore(names[0], (session.machine, session.spec)))
    elif action == "list":
        _list(call)
    elif action == "diff":
        _diff(call, names)
    else:
        _file(call, action, names[0])


def _file(call: Call, action: str, name: str) -> None:
    """Write the host to a file of the real host, or go on with one from there."""
    from thpsh.boot.saved import export_machine, import_machine

    session = call.session
    if action == "export":
        session.host_files.write(name, export_machine(call.machine, session.spec))
    else:
        machine, spec = import_machine(name, session.host_files.read(name))
        session.attach(machine, spec)


COMMAND = Command(
    name="snapshot",
    group="Session",
    summary="name states of the host, return to them, compare, keep",
    example="snapshot save before; touch app buf; snapshot diff before",
    arguments=_arguments,
    run=run,
    hints={"words": "snapshot"},
    usage=_USAGE,
    details="Snapshots cost nothing until something changes. Going back to\n"
    "one is itself a step that `undo` takes back.",
)
