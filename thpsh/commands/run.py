"""run: replay scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thpsh.boot import boot
from thpsh.commands.command import Command
from thpsh.commands.machine_options import spec_from_keys
from thpsh.scenario.suite import run_inside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.commands.session import Session


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="+", help="shipped scenarios, files or folders")


def run(call: Call) -> int:
    """Replay scenarios, each on a host of its own."""
    outer = call.session

    def make_session(keys: Mapping[str, Any]) -> Session:
        spec = spec_from_keys(keys)
        return type(outer)(boot(spec), outer.host_files, spec)

    return run_inside(outer, outer.host_files, make_session, call.option("names"), call.out)


COMMAND = Command(
    name="run",
    group="Scenario",
    summary="replay scenarios on hosts of their own",
    example="run first-huge-page",
    arguments=_arguments,
    run=run,
    hints={"names": "scenario"},
)
