"""prctl: what a process wants to hear of memory errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.mm.prctl import POLICIES, mce_kill

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("option", metavar="OPTION", choices=("mce_kill",), help="mce_kill")
    parser.add_argument("policy", metavar="POLICY", nargs="?", choices=POLICIES, help=", ".join(POLICIES))


def run(call: Call) -> None:
    """Set the policy of a process, or print it."""
    task, policy = call.task(), call.option("policy")
    if policy is None:
        waiting = "".join(f", SIGBUS ({code}) at {address:#x}" for code, address in task.signals)
        call.print(f"{task.mce_kill}{waiting}")
    else:
        mce_kill(call.kernel, task, policy)


COMMAND = Command(
    name="prctl",
    group="Processes",
    summary="say when a process wants to hear of memory errors",
    example="prctl app mce_kill early",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
    details=(
        "early: a signal as soon as a page of its memory fails (it is taken to have a\n"
        "handler); late: at its next access; default: as\n"
        "/proc/sys/vm/memory_failure_early_kill says, without a handler.\n"
        "Without a policy, the one it has is printed, and the signals it got."
    ),
)
