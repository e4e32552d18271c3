"""The recorder's operations on nodes."""

from tests.oracle.cases import op, recording
from thpsh.boot import boot
from thpsh.boot.spec import MachineSpec
from thpsh.fs.vfs import Vfs
from thpsh.oracle.replay import Replay


def outcomes(*lines):
    machine = boot(MachineSpec(memory=2 << 30, nodes=2, cpus=2))
    run = Replay(machine, Vfs(machine))
    return [run.do(operation) for operation in recording(*(op(line) for line in lines)).operations]


def test_a_process_allocates_where_it_runs():
    found = outcomes("spawn A", "cpu A 1", "mmap A r 2M", "touch A r 64K write", "cpu A 0", "touch A r+1M 4K write")
    assert found[3].regions["A", "r"].nodes == "1"
    view = found[5].regions["A", "r"]
    assert (view.nodes, view.node_pages) == ("m", ((1,), (16,)))


def test_there_is_no_third_cpu():
    assert outcomes("spawn A", "cpu A 2")[1].ret == "-EINVAL"


def test_policies_of_ranges_and_processes():
    found = outcomes(
        "spawn A", "mmap A r 2M", "mbind A r 2M bind 1", "touch A r 4K write", "mbind A r 2M bind 0 strict",
        "mempolicy A bind 2", "mempolicy A interleave 0,1", "mbind A r 2M strange 0",
    )  # fmt: skip
    assert found[3].regions["A", "r"].nodes == "1"
    assert [outcome.ret for outcome in found[4:7]] == ["-EIO", "-EINVAL", "0"]
    assert found[7].results == {"error": "bad policy"}


def test_pages_move_and_tell_where_they_are():
    found = outcomes(
        "spawn A", "cpu A 0", "mmap A r 2M", "touch A r 16K write", "movepages A r 16K", "movepages A r 8K 1",
        "movepages A r 8K 7", "migratepages A 1 0", "movepages A r 20K",
    )  # fmt: skip
    assert [outcome.results.get("value") for outcome in found[4:7]] == ["0*4", "1*2", "unset*2"]
    assert found[6].ret == "-ENODEV"
    assert found[8].results["value"] == "0*4 ENOENT*1"


def test_the_counters_of_a_touch_on_another_node():
    found = outcomes("spawn A", "cpu A 1", "mmap A r 2M", "touch A r 64K write")[3]
    assert found.numastat["1.numa_hit"] == found.numastat["1.local_node"] >= 16
    assert "0.numa_hit" not in found.numastat
