"""watch: run a line again and again while time passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.passing import let_pass
from thpsh.errors import UsageError
from thpsh.structs.sizes import parse_duration

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


MOST = 10_000
_HOME = "\x1b[H\x1b[J"  # a terminal is drawn anew each time


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("-n", metavar="DURATION", default="2s", help="simulated time between two runs (default 2s)")
    parser.add_argument("-c", metavar="TIMES", type=int, default=3, help="how often (default 3)")
    parser.add_argument("line", metavar="LINE", help="the line, in quotes")


def run(call: Call) -> int:
    """Run the line so many times and let time pass in between."""
    times, pause = call.option("c"), parse_duration(call.option("n"))
    if not 1 <= times <= MOST:
        raise UsageError(f"-c {times}: expected 1 to {MOST}")
    status = 0
    terminal = getattr(call.out, "isatty", lambda: False)()
    for turn in range(times):
        if turn:
            let_pass(call, pause)
            call.session.finish()
        if terminal:
            call.out.write(_HOME)
        call.print(f"Every {pause / 1e9:g}s: {call.option('line')}  (t = {call.kernel.clock.now / 1e9:.3f} s)")
        status = call.session.interpreter.run(call.option("line"), call.out, call.err)
    return status


COMMAND = Command(
    name="watch",
    group="Files",
    summary="run a line repeatedly while simulated time passes",
    example="watch -n 10s -c 2 'grep thp_ /proc/vmstat'",
    arguments=_arguments,
    run=run,
    hints={"line": "line"},
)
