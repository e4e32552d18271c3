"""wait_khugepaged: let time pass until khugepaged has been through its list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command
from thpsh.commands.khugepaged import exists
from thpsh.commands.passing import let_pass
from thpsh.errors import Errno, KernelError, UsageError
from thpsh.mm.freezer import freezable
from thpsh.mm.huge_memory.khugepaged import khugepaged_due

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser

_MOST: Final = 1_000_000


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("scans", metavar="N", type=int, nargs="?", default=1, help="full scans to wait for (default 1)")


def run(call: Call) -> None:
    """Wait for full_scans to advance; ETIMEDOUT when the thread sleeps without an end."""
    wanted = call.option("scans")
    if not 1 <= wanted <= _MOST:
        raise UsageError(f"{wanted}: expected 1 to {_MOST}")
    kernel = call.kernel
    daemon = kernel.khugepaged
    start, began = daemon.full_scans, kernel.clock.moment
    while daemon.full_scans - start < wanted:
        due = khugepaged_due(kernel)
        if kernel.totals.frozen and freezable(kernel, "khugepaged"):
            raise KernelError(Errno.ETIMEDOUT, "khugepaged is frozen until `thaw`")
        if due is None:
            if not exists(kernel):
                raise KernelError(Errno.ETIMEDOUT, "this host has no khugepaged")
            why = "nobody is registered with it" if daemon.running else "it does not run: enabled is never"
            raise KernelError(Errno.ETIMEDOUT, f"khugepaged waits for something to happen: {why}")
        let_pass(call, max(0, due - kernel.clock.moment))
    scans, seconds = daemon.full_scans - start, (kernel.clock.moment - began) / 1e9
    call.print(
        f"{scans} full scan{'s'[: scans != 1]} in {seconds:.3f} s, {daemon.pages_collapsed} pages collapsed since boot"
    )


COMMAND = Command(
    name="wait_khugepaged",
    group="Machine",
    summary="let time pass until khugepaged has scanned everything N times",
    example="touch app buf; wait_khugepaged 2",
    arguments=_arguments,
    run=run,
)
