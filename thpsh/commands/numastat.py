"""numastat: where allocations were served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call


_COUNTERS = ("numa_hit", "numa_miss", "numa_foreign", "numa_interleave", "numa_local", "numa_other")


_UNIT = "allocations since boot: one of a huge page counts as one"


def run(call: Call) -> None:
    """Print the NUMA counters of every node."""
    nodes = call.kernel.nodes
    rows = [
        (name.removeprefix("numa_"), *(sum(getattr(zone.stat, name) for zone in node.zones) for node in nodes))
        for name in _COUNTERS
    ]
    show(Report(("", *(f"node{node.nid}" for node in nodes)), rows, unit=_UNIT), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="numastat",
    group="Views",
    summary="allocations by node",
    example="numastat",
    arguments=json_argument,
    run=run,
)
