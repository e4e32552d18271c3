"""changes: the commits of the history, what they changed, and the kernel with and without them."""

from __future__ import annotations

import json
from dataclasses import asdict
from textwrap import fill, wrap
from typing import TYPE_CHECKING, Any, Final

from thpsh.boot import boot
from thpsh.commands.command import Command, json_argument
from thpsh.commands.machine_options import spec_from_keys
from thpsh.errors import UsageError
from thpsh.releases import CHANGES, diff, find
from thpsh.releases.quirks import QUIRKS
from thpsh.releases.story import story_of
from thpsh.render.columns import column_of, side_by_side, width_of
from thpsh.render.report import Report, show
from thpsh.scenario import parser, syntax
from thpsh.scenario.sides import named, sides_in_history, sides_of
from thpsh.scenario.trial import NARRATION, QUESTION, try_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.commands.session import Session
    from thpsh.releases.change import Change
    from thpsh.releases.story import Story
    from thpsh.scenario.trial import Row, Trial

_USAGE: Final = (
    "changes [--json]",
    "changes show N [--json]",
    "changes try N [--at-history] [--json]",
    "changes diff A B [--json]",
    "changes quirks [--json]",
)
_WORDS: Final = {"list": 0, "show": 1, "try": 1, "diff": 2, "quirks": 0}
_LONGEST_EVENT: Final = 150
_KINDS: Final = {
    "S": "seen in files or return values",
    "C": "counters and accounting",
    "F": "a fix, seen only when something fails",
    "T": "locks and order, seen in the trace",
}


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("action", metavar="ACTION", nargs="?", default="list", choices=tuple(_WORDS))
    parser.add_argument("words", metavar="N", nargs="*", help="a commit by number (1 to 38) or id; two releases")
    parser.add_argument("--at-history", action="store_true", help="try the two neighbouring positions of the history")
    json_argument(parser)


def run(call: Call) -> None:
    """List the changes, tell of one, or run its scenario on both sides."""
    action, words = call.option("action"), call.option("words")
    if len(words) != _WORDS[action]:
        raise UsageError(f"expected {next(line for line in _USAGE if action in (*line.split()[1:2], 'list'))}")
    if call.option("at_history") and action != "try":
        raise UsageError(f"--at-history: belongs to changes try, not to {action}")
    if action == "list":
        _list(call, sorted(CHANGES, key=lambda change: (change.number is None, change.number or 0)))
    elif action == "diff":
        _list(call, diff(*words))
    elif action == "quirks":
        _quirks(call)
    elif action == "show":
        _tell(call, find(words[0]))
    else:
        _try(call, find(words[0]))


def _list(call: Call, changes: Iterable[Change]) -> None:
    """The changes as a table; the last column but one says whether the booted kernel has them."""
    has = call.machine.selection.changes
    rows = [
        (
            each.name if each.number else "-",
            each.date,
            each.first,
            each.kind,
            "yes" if each.id in has else "no",
            each.summary if each.number else f"({each.id})",
        )
        for each in changes
    ]
    kernel = call.machine.selection.release.text
    notes = [
        f"IN: does the booted kernel ({kernel}) have it? Those without a number are no",
        "commits of the seed: `changes show ID`. `changes show N` tells more of a commit,",
        "`changes try N` runs its scenario on both sides.",
    ]
    if not rows:
        notes = ["no change lies between these releases"]
    show(Report(("#", "DATE", "FIRST IN", "CLASS", "IN", "WHAT"), rows, notes), call.out, as_json=call.option("json"))


def _quirks(call: Call) -> None:
    """The promises that the kernels of the era did not keep."""
    if call.option("json"):
        call.print(json.dumps([asdict(each) for each in QUIRKS], indent=2))
        return
    for each in QUIRKS:
        commit = f" (commit {each.commit})" if each.commit else ""
        kept = "kept by --intended" if each.switch else "no switch"
        call.print(f"{each.id}{commit}, {kept}")
        for name, text in (("promised:", each.promised), ("happens:", each.happens), ("seen in:", each.shown_by)):
            if text:
                call.print(fill(f"  {name:<10}{text}", 78, subsequent_indent=" " * 12))


def _facts(change: Change, kernel: str, *, there: bool) -> dict[str, Any]:
    """What the row of a change says, by name."""
    subject = change.subject + ("" if change.subject_confirmed else " ?")
    facts = {
        "number": change.number,
        "id": change.id,
        "subject": subject,
        "author": change.author,
        "date": change.date,
        "first in": change.first,
        "also in": change.also_in,
        "upstream": change.upstream,
        "class": f"{change.kind}: {_KINDS[change.kind]}",
        "summary": change.summary,
        "needs": ", ".join(str(need) for need in change.needs),
        "booted kernel": f"{kernel} {'has' if there else 'lacks'} it",
    }
    return {name: value for name, value in facts.items() if value}


def _tell(call: Call, change: Change) -> None:
    """All there is to say of one change."""
    selection = call.machine.selection
    facts = _facts(change, selection.release.text, there=change.id in selection.changes)
    told = {name: value for name, value in _words(story_of(change)).items() if value}
    if call.option("json"):
        call.print(json.dumps({**facts, **told}, indent=2))
        return
    for name, value in facts.items():
        call.print(f"{name + ':':<15}{value}")
    call.print("")
    for name, value in told.items():
        call.print(
            fill(
                f"{name + ':':<15}{value if isinstance(value, str) else '  '.join(value)}",
                78,
                subsequent_indent=" " * 15,
            )
        )
    if change.number is not None:
        call.print(f"\n`changes try {change.number}` runs seed/{_slug(change)} on both sides.")


def _words(story: Story) -> dict[str, Any]:
    """A story by the names under which it is printed."""
    return {
        "problem": story.problem,
        "mechanism": story.mechanism,
        "effect": story.effect,
        "look at": [f"`{line}`" for line in story.look],
        "files": list(story.files),
        "counters": list(story.counters),
    }


def _slug(change: Change) -> str:
    return f"{change.number:02d}-{change.id}"


def _try(call: Call, change: Change) -> None:
    """Run the scenario of a commit on both sides; the session's own host stays as it is."""
    if change.number is None:
        raise UsageError(f"{change.name}: only the 38 commits of the seed have a scenario of their own")
    outer = call.session

    def make_session(keys: Mapping[str, Any]) -> Session:
        spec = spec_from_keys(keys)
        return type(outer)(boot(spec), outer.host_files, spec)

    path = outer.host_files.scenarios(f"seed/{_slug(change)}")[0]
    scenario = parser.parse(path, outer.host_files.read(path), syntax.complete)
    front = scenario.front
    sides = sides_in_history(front, change) if call.option("at_history") else named(sides_of(front), front)
    trial = try_out(scenario, sides, make_session)
    if call.option("json"):
        call.print(json.dumps(_data(change, trial), indent=2))
    else:
        _draw(call, change, trial)


def _data(change: Change, trial: Trial) -> dict[str, Any]:
    """A trial for a machine."""
    rows = [
        {"kind": row.kind, "text": row.text, "found": [list(lines) for lines in row.found], "differs": row.differs}
        for row in trial.rows
        if row.kind != NARRATION
    ]
    return {
        "number": change.number,
        "sides": list(trial.labels),
        "notes": list(trial.notes),
        "rows": rows,
        "differences": trial.differences,
        "first_event": list(trial.trace),
    }


def _draw(call: Call, change: Change, trial: Trial) -> None:
    """A trial as a user reads it: what both sides say once, what differs in two columns."""
    width = width_of(call.out)
    call.print(f"{change.number}  {change.subject}\n    {trial.title}")
    for note in trial.notes:
        call.print(fill(note, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False))
    if not change.documents:
        column = column_of(width)
        call.print(f"\n{trial.labels[0]:<{column}} | {trial.labels[1]}\n{'-' * (column + 1)}+{'-' * (column + 1)}")
    for row in trial.rows:
        for line in _row_lines(row, width):
            call.print(line)
    if change.documents:
        call.print("\nThis commit wrote a rule down: there is no kernel without it to compare with.")
        return
    if trial.trace:
        call.print("\nThe first event that is not the same:")
        for line in side_by_side(_short(trial.trace[0]), _short(trial.trace[1]), width):
            call.print(line)
    call.print(f"\n{trial.differences} of {len([row for row in trial.rows if row.kind != NARRATION])} answers differ")


def _short(event: str) -> list[str]:
    """An event on one line of bearable length."""
    return [event if len(event) <= _LONGEST_EVENT else event[:_LONGEST_EVENT] + "…"]


def _row_lines(row: Row, width: int) -> list[str]:
    if row.kind == NARRATION:
        return ["", *wrap(row.text, width)]
    head = row.text if row.kind == QUESTION else "thpsh> " + row.text.replace("\n", "\n> ")
    if not row.differs:
        lines = row.found[0] if row.found else ()
        return [f"{head}: {' '.join(lines)}"] if row.kind == QUESTION and len(lines) <= 1 else [head, *lines]
    return [head, *side_by_side(row.found[0], row.found[1], width)]


COMMAND = Command(
    name="changes",
    group="Learning",
    summary="the 38 commits: list them, tell of one, try it on both sides",
    example="changes show 19",
    arguments=_arguments,
    run=run,
    hints={"words": "change"},
    usage=_USAGE,
    details="`changes try N` boots 3.0 with and without commit N (with --at-history: the\n"
    "history just before and after it) and runs the scenario of that commit on both.\n"
    "Where they differ both are shown: | changed, < only left, > only right.\n"
    "`changes quirks`: promises that the kernels of the era did not keep.",
)
