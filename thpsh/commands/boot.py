"""boot: another machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.boot import boot
from thpsh.commands.command import Command
from thpsh.commands.machine_options import add_machine_options, spec_from

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Boot a machine in place of the present one."""
    spec = spec_from(call.options, None, call.session.host_files)
    call.session.attach(boot(spec), spec)
    kernel = call.kernel
    memory = kernel.totals.total_pages * 4
    nodes, cpus = len(kernel.nodes), len(kernel.cpus)
    call.print(f"Linux {kernel.release}: {memory} kB, {nodes} node{'s'[: nodes != 1]}, {cpus} CPU{'s'[: cpus != 1]}")
    for note in (*spec.notes, *call.machine.selection.notes):
        call.print(note)


COMMAND = Command(
    name="boot",
    group="Machine",
    summary="boot another machine; the present host is gone",
    example="boot --memory 2G --cpus 1",
    arguments=add_machine_options,
    run=run,
)
