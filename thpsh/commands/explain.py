"""explain: why a 2 MiB range is huge or not, and what would make it so; what a counter counts and why it moved."""

from __future__ import annotations

import json
from dataclasses import asdict
from difflib import get_close_matches
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any, Final

from thpsh.commands.attempt import try_lines
from thpsh.commands.command import Command, json_argument
from thpsh.commands.words import parse_address, place_of
from thpsh.errors import UsageError
from thpsh.explain.check import State
from thpsh.explain.collapse import collapse_decision
from thpsh.explain.fault import entry_words, fault_decision, is_huge
from thpsh.explain.past import what_happened
from thpsh.explain.remedy import find_remedies, no_help, plan
from thpsh.machine.attempt import typed_lines
from thpsh.structs.page import HPAGE_MASK, HPAGE_SHIFT, HPAGE_SIZE
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.explain.check import Check, Decision
    from thpsh.explain.past import Happened
    from thpsh.explain.remedy import Outcome, Remedy
    from thpsh.structs.task import Task

_WIDTH: Final = 79
_INDENT: Final = " " * 5
_TYPED: Final = 50  # characters told of a line that was typed
_TEXT: Final = 35  # where the text of a condition begins


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process; or a line of /proc/vmstat or meminfo")
    parser.add_argument("addr", metavar="ADDR", nargs="?", help="where")
    json_argument(parser)


def run(call: Call) -> None:
    """Explain a range of a process, or a counter."""
    if call.option("addr") is None:
        _counter(call, call.option("proc"))
        return
    task = call.task()
    call.mm(task)
    address = parse_address(task, call.option("addr"))[0]
    decisions = [fault_decision(call.kernel, task, address), collapse_decision(call.kernel, task, address)]
    huge = is_huge(task.mm, address)
    past = what_happened(call.machine.trace.records, task, address, typed_lines(call.session.steps))
    remedies = [] if huge else _remedies(call, task, address, decisions)
    if call.option("json"):
        call.print(json.dumps(_data(call, task, address, decisions, past, remedies), indent=2))
        return
    call.print(_head(call, task, address))
    for decision in decisions if not huge else ():
        _print_decision(call, decision)
    _print_past(call, past)
    if not huge:
        _print_remedies(call, remedies, no_help(each for decision in decisions for each in decision.failing))


def _counter(call: Call, name: str) -> None:
    """Say what a line of /proc/vmstat or /proc/meminfo counts and why it last moved."""
    from thpsh.explain.counter import explain_counter, names

    files = "".join(map(call.session.vfs.read, ("/proc/vmstat", "/proc/meminfo")))
    found = explain_counter(name, files, call.machine.trace, typed_lines(call.session.steps))
    if found is None:
        near = get_close_matches(name, names(), 3, 0.5)
        like = f"; there are {', '.join(near)}" if near else ""
        raise UsageError(f"{name!r}: expected PROC ADDR, or a counter of /proc/vmstat or /proc/meminfo{like}")
    if call.option("json"):
        call.print(json.dumps(asdict(found), indent=2))
        return
    for line in wrap(f"{found.name} is {found.value}: {found.counts}", _WIDTH, subsequent_indent="  "):
        call.print(line)
    if found.since:
        call.print(f"it is there since Linux {found.since}")
    if found.gauge:
        call.print("a gauge: it goes up and down")
    elif not found.moves or found.time is None:
        call.print("it has not moved, as far as the trace buffer knows")
    else:
        typed = f" by `{shorten(found.line, _TYPED)}`" if found.line else ""
        call.print(f"it last moved at {found.time / 1e9:.6f}{typed}:")
        for place, move in enumerate(found.moves):
            for line in wrap(f"{'because of ' if place else ''}{move}", _WIDTH - 4, subsequent_indent="  "):
                call.print(f"    {line}")


def _head(call: Call, task: Task, address: int) -> str:
    """The range, and what stands at its PMD."""
    base = address & HPAGE_MASK
    mm = call.mm(task)
    words = entry_words(call.kernel, mm, address >> HPAGE_SHIFT)
    return f"{base:x}-{base + HPAGE_SIZE:x} ({place_of(task, max(base, _first(task, address)))}): {words}"


def _first(task: Task, address: int) -> int:
    """The first byte of the region around an address, or the address itself."""
    return next((each.start for each in task.regions.values() if each.start <= address < each.end), address)


def _remedies(call: Call, task: Task, address: int, decisions: list[Decision]) -> list[Remedy]:
    failing = [check for decision in decisions for check in decision.failing]
    what = plan(task, place_of(task, address), address, failing)

    def attempt(chosen: tuple[str, ...]) -> Outcome:
        return try_lines(call.session, chosen, lambda: _is_huge(call, task.pid, address))

    return find_remedies(what, attempt)


def _is_huge(call: Call, pid: int, address: int) -> bool:
    task = call.kernel.tasks.get(pid)
    return task is not None and not task.dead and is_huge(task.mm, address)


def _print_decision(call: Call, decision: Decision) -> None:
    call.print(f"\n{decision.question}  {'yes' if decision.answer else 'no'}")
    for check in decision.checks:
        lines = [check.asks, *(f"  {line}" for line in wrap(check.found, _WIDTH - _TEXT - 2))]
        if len(check.asks) + 2 + len(check.found) <= _WIDTH - _TEXT:
            lines = [f"{check.asks}: {check.found}"]
        call.print(f"{check.state.value:>4} {check.function:<{_TEXT - 6}} {lines[0]}")
        for line in lines[1:]:
            call.print(" " * _TEXT + line)


def _print_past(call: Call, past: list[Happened]) -> None:
    call.print("\nWhat happened here")
    for each in past:
        typed = f"   `{shorten(each.line, _TYPED)}`" if each.line else ""
        for place, line in enumerate(wrap(f"{each.time / 1e9:.6f}  {each.text}{typed}", _WIDTH - len(_INDENT))):
            call.print(f"{_INDENT}{'  ' if place else ''}{line}")
    if not past:
        call.print(f"{_INDENT}nothing that the trace buffer knows of")


def _print_remedies(call: Call, remedies: list[Remedy], reason: str) -> None:
    call.print("\nWhat would make it huge")
    for each in remedies:
        cost = f"{each.outcome.nanoseconds / 1e9:.3f} s, {format_size(abs(each.outcome.pages) << 12)}"
        less = "more" if each.outcome.pages >= 0 else "less"
        for line in each.lines:
            call.print(f"{_INDENT}{line}")
        lost = "; what the memory held is lost" if each.loses else ""
        call.print(f"{_INDENT}  tried: {cost} {less} memory in use{lost}")
    if not remedies:
        for line in wrap(reason or "nothing that was tried did", _WIDTH - len(_INDENT)):
            call.print(f"{_INDENT}{line}")


def _held(check: Check) -> bool | None:
    """Does a condition hold; None if the kernel does not come to it."""
    return None if check.state is State.SKIPPED else check.state is State.OK


def _data(
    call: Call, task: Task, address: int, decisions: list[Decision], past: list[Happened], remedies: list[Remedy]
) -> dict[str, Any]:
    """The explanation for a machine."""
    return {
        "process": task.name,
        "range": f"{address & HPAGE_MASK:#x}",
        "state": entry_words(call.kernel, call.mm(task), address >> HPAGE_SHIFT),
        "decisions": [
            {
                "question": decision.question,
                "answer": decision.answer,
                "checks": [
                    {"id": c.id, "function": c.function, "asks": c.asks, "found": c.found, "ok": _held(c)}
                    for c in decision.checks
                ],
            }
            for decision in decisions
        ],
        "happened": [{"event": h.number, "time_ns": h.time, "text": h.text, "line": h.line} for h in past],
        "remedies": [
            {"lines": list(r.lines), "nanoseconds": r.outcome.nanoseconds, "pages": r.outcome.pages, "loses": r.loses}
            for r in remedies
        ],
    }


COMMAND = Command(
    name="explain",
    group="Learning",
    summary="why a range is huge or not, and what would make it so",
    example="explain app buf+2M",
    arguments=_arguments,
    run=run,
    hints={"proc": "explained", "addr": "addr"},
    usage=("explain PROC ADDR [--json]", "explain COUNTER [--json]"),
    details="Every condition is looked at in the order of the kernel, also those behind\n"
    "the first NO; -- is not reached. Each line suggested was tried on this host and\n"
    "taken back.",
)
