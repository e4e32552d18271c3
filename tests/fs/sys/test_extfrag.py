"""/sys/kernel/debug/extfrag."""

from tests.support import M
from thpsh.boot import MachineSpec, boot
from thpsh.fs.vfs import Vfs
from thpsh.structs.page import MigrateType

ROOT = "/sys/kernel/debug/extfrag"


def vfs() -> Vfs:
    return Vfs(boot(MachineSpec(memory=640 * M, nodes=1, cpus=1)))


def test_a_fresh_host_is_not_fragmented():
    files = vfs()
    line = "Node 0, zone    DMA32 " + 11 * "-1.000 " + "\n"  # frag-extfrag-fresh
    assert files.read(f"{ROOT}/extfrag_index").endswith(line)
    assert files.read(f"{ROOT}/unusable_index").splitlines()[1].startswith("Node 0, zone    DMA32 0.000 ")
    assert files.listdir(ROOT) == ["extfrag_index", "unusable_index"]
    assert files.mode(f"{ROOT}/extfrag_index") == "-r--r--r--"


def test_numbers_are_divided_as_in_c():
    files = vfs()
    zone = files.machine.kernel.zones[-1]
    for lists in zone.area.lists:
        for listed in lists:
            listed.nr = 0
    zone.area.lists[8][MigrateType.MOVABLE].nr = 1
    last = files.read(f"{ROOT}/extfrag_index").splitlines()[1].split()
    assert last[-3:] == ["-1.000", "0.-500", "0.-250"]
    assert files.read(f"{ROOT}/unusable_index").splitlines()[1].split()[-3:] == ["0.000", "1.000", "1.000"]
