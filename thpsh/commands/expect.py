"""expect: check a value of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.scenario import expect

if TYPE_CHECKING:
    from thpsh.commands.call import Call

DETAILS = """\
OP is one of == != < <= > >= += contains matches; += compares with the value at
the last `mark`. --with, --without: only on a kernel that has or lacks a change."""


def run(call: Call) -> int:
    """Say whether an expectation holds; one that does not is an error."""
    outcome = expect.check(call.session, call.argv[1:])
    if outcome.held:
        call.print(f"skipped: {outcome.text}" if outcome.skipped else "held")
        return 0
    call.err.write("\n".join(expect.outcome_lines(outcome)) + "\n")
    return 1


COMMAND = Command(
    name="expect",
    group="Scenario",
    summary="check a value of a file, a view or the trace",
    usage=(
        "expect FILE [KEY] OP VALUE",
        "expect VIEW ARGS [FIELD] OP VALUE",
        "expect trace EVENT OP COUNT",
        "expect dmesg contains TEXT",
        "expect ps PROC == STATE",
        "expect --with ID ... | --without ID ...",
    ),
    details=DETAILS,
    example="expect /sys/kernel/mm/transparent_hugepage/enabled contains always",
    arguments=no_arguments,
    run=run,
    raw=True,
)
