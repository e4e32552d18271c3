"""Machines from the files of captured hosts."""

import pytest

from tests.boot.test_captured_boots import decided
from tests.fs.capture import CAPTURES
from thpsh.boot import MachineSpec, boot
from thpsh.boot.capture import WANTED, parse_capture
from thpsh.cli.host_files import HostFiles
from thpsh.errors import UsageError
from thpsh.fs.vfs import Vfs
from thpsh.mm.debug_vm import debug_vm
from thpsh.structs.page import ZoneType

ZONEINFO = (CAPTURES / "2G" / "zoneinfo.txt").read_text()


def captured(name):
    folder = str(CAPTURES / name)
    return parse_capture(folder, HostFiles().tree(folder, lambda path: WANTED.search(path) is not None))


@pytest.mark.parametrize("name", ["512M", "2G", "8G", "2G-numa2", "4G-numa2"])
def test_the_copy_of_a_3_0_host_has_its_zones(name):
    machine = boot(captured(name))
    expected = (CAPTURES / name / "zoneinfo.txt").read_text()
    assert decided(Vfs(machine).read("/proc/zoneinfo")) == decided(expected)
    debug_vm(machine.kernel)


def test_a_current_kernel_is_taken_over_as_far_as_3_0_goes():
    spec = captured("6.18")
    assert [(zone.kind, zone.start, zone.spanned, zone.usable) for zone in spec.zones] == [
        (ZoneType.DMA, 1, 4095, 3998),
        (ZoneType.DMA32, 4096, 1044480, 782336),
        (ZoneType.NORMAL, 1048576, 5505024, 5505024),
    ]
    assert (spec.kernel, spec.cpus, spec.swap >> 20, spec.cmdline) == ("3.0", 2, 1023, "transparent_hugepage=madvise")
    assert spec.settings == (("/sys/kernel/mm/transparent_hugepage/enabled", "madvise"),)
    assert [note.split(":", 1)[1].split(":")[0].strip() for note in spec.notes] == [
        "2 words of the command line that memory management does not read",
        "kernel 6.18.44",
        "defrag defer+madvise",
        "how free memory is fragmented, and where holes lie inside of zones",
    ]
    machine = boot(spec)
    assert "always [madvise] never" in Vfs(machine).read("/sys/kernel/mm/transparent_hugepage/enabled")
    debug_vm(machine.kernel)


def test_what_the_default_pc_has_is_what_its_own_files_say():
    """A host booted from the files of another has the same zones as that one."""
    first = boot(MachineSpec(memory=6 << 30))
    copy = boot(parse_capture("x", {"zoneinfo": Vfs(first).read("/proc/zoneinfo")}))
    assert [(zone.start_pfn, zone.spanned, zone.present) for zone in copy.kernel.zones] == [
        (zone.start_pfn, zone.spanned, zone.present) for zone in first.kernel.zones
    ]


def test_cpus_and_distances_come_from_the_nodes():
    files = {
        "zoneinfo": (CAPTURES / "2G-numa2" / "zoneinfo.txt").read_text(),
        "sys/devices/system/node/node0/cpulist": "0-2,6\n",
        "sys/devices/system/node/node1/cpulist": "3\n",
        "sys/devices/system/node/node0/distance": "10 31\n",
        "sys/devices/system/node/node1/distance": "31 10\n",
    }
    spec = parse_capture("x", files)
    assert [(node.cpus, node.distance) for node in spec.node_list] == [(4, (10, 31)), (1, (31, 10))]


def test_zones_that_3_0_lacks_are_noted():
    text = ZONEINFO.replace("zone      DMA\n", "zone  Movable\n")
    spec = parse_capture("x", {"proc/zoneinfo": text})
    assert spec.notes[0] == "not taken over: zone Movable of node 0, 15700 kB: 3.0 has no such zone here"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no zoneinfo there"),
        ({"zoneinfo": "nothing"}, "expected lines like"),
        ({"zoneinfo": "Node 0, zone    DMA32\n        present  100\n"}, "expected spanned, present and start_pfn"),
        ({"zoneinfo": ZONEINFO.replace("Node 0, zone    DMA32", "Node 2, zone    DMA32")}, "a node without memory"),
    ],
)
def test_what_cannot_be_read_is_named(files, words):
    with pytest.raises(UsageError, match=words):
        parse_capture("x", files)
