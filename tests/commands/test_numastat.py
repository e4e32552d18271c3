"""The command numastat."""

from tests.commands.typed import with_app


def test_numastat_counts_by_node():
    out = with_app(nodes=2, cpus=2)("numastat")
    assert out.splitlines()[0].split() == ["node0", "node1"]
