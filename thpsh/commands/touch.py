"""touch: use memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, range_arguments
from thpsh.commands.outcome import say_killed
from thpsh.errors import UsageError
from thpsh.mm.fault import DEFAULT_VALUE, TouchMode, touch
from thpsh.structs.sizes import parse_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


_BYTE = 256
_MOST = 50_000_000


def _arguments(parser: CommandParser) -> None:
    range_arguments(parser)
    parser.add_argument("--read", action="store_true", help="read instead of write")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--stride", metavar="SIZE", default="4K", help="the step (default 4K; 1 writes every byte)")
    how.add_argument("--random", metavar="N", type=int, help="N different pages in random order")
    parser.add_argument("--value", metavar="V", help=f"the byte written (default {DEFAULT_VALUE:#x})")


def run(call: Call) -> int:
    """Access memory page by page and say how many faults that took."""
    task = call.task()
    start, length = call.span(task)
    step, count = parse_size(call.option("stride")), call.option("random")
    if step < 1:
        raise UsageError("--stride 0: expected at least 1")
    if count is not None and not 1 <= count <= _MOST:
        raise UsageError(f"--random {count}: expected 1 to {_MOST}")
    if call.option("read") and call.option("value") is not None:
        raise UsageError(f"--value {call.option('value')}: expected without --read")
    mode = TouchMode(not call.option("read"), step, count or 0, _value(call.option("value")))
    report = touch(call.kernel, task, start, length, mode)
    faults = f"{report.minor} minor fault{'s'[: report.minor != 1]}"
    if report.major:
        faults += f", {report.major} major"
    call.print(faults)
    return say_killed(call, task, report)


def _value(word: str | None) -> int:
    if word is None:
        return DEFAULT_VALUE
    try:
        value = parse_size(word)
    except UsageError:
        value = _BYTE
    if value >= _BYTE:
        raise UsageError(f"--value {word}: expected a byte, 0 to 255")
    return value


COMMAND = Command(
    name="touch",
    group="Memory",
    summary="write to (or read) memory page by page",
    example="touch app buf 4M --stride 2M",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size", "stride": "size"},
)
