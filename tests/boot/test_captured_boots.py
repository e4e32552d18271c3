"""What a real 3.0.1 decided at boot on machines of 64 MiB to 16 GiB, asked with the very commands of the captures."""

import re

import pytest

from tests.fs.capture import CAPTURES, captured
from thpsh.boot import MachineSpec
from thpsh.cli.host_files import HostFiles
from thpsh.cli.sessions import session_for
from thpsh.line.environment import Capture
from thpsh.structs.sizes import parse_size

BOOTS = sorted(path.stem.removeprefix("boot-") for path in (CAPTURES / "boot").glob("boot-*.txt"))
ZONES = (
    "min ", "low ", "high ", "scanned", "spanned", "present", "protection", "pagesets", "cpu:", "high:",
    "batch:", "vm stats threshold", "all_unreclaimable", "start_pfn", "inactive_ratio",
)  # fmt: skip
BLOCKS = re.compile(r"Node \d, zone +\w+( +\d+){5} *$")
KNOB = re.compile(r"[\d\s]+$|default$|.*\[\w+\]")


class Host:
    """A shell on an emulated machine."""

    def __init__(self, size, nodes=1, cpus=1, cmdline=""):
        spec = MachineSpec(memory=parse_size(size), nodes=nodes, cpus=cpus, cmdline=cmdline)
        self.session = session_for(spec, HostFiles())

    def type(self, line):
        out, err = Capture(), Capture()
        self.session.execute(line, out, err)
        assert err.text == ""
        return out.text


def machine(name):
    size, *more = name.split("-")
    nodes = cpus = 1
    for word in more:
        nodes, cpus = (2, 2) if word == "numa2" else (1, int(word.removeprefix("smp")))
    return Host(size, nodes, cpus)


def asked(name):
    """The commands of a capture with what they printed, without those of the log, which has a test of its own."""
    parts = re.split(r"(?m)^\$ ", captured(f"boot/boot-{name}.txt"))[1:]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1]) for part in parts if not part.startswith("dmesg")]


def decided(text):
    """What boot decides of a text: zones, knobs, and of the pageblocks of a zone how many there are and are in Reserve.

    Free memory and memory in use are left out: the kernel's own footprint is modelled, not exact.
    """
    found = []
    for line in text.splitlines():
        words = line.split()
        if BLOCKS.match(line):
            counts = [int(word) for word in words[4:]]
            found.append((*words[:4], sum(counts), counts[3]))
        elif KNOB.match(line) or (line.strip().startswith(ZONES) and ", type" not in line):
            found.append(" ".join(words))
    return found


@pytest.mark.parametrize("name", BOOTS)
def test_every_value_of_a_captured_boot_is_the_same(name):
    host = machine(name)
    for command, printed in asked(name):
        if "extfrag" not in command:
            assert decided(host.type(command)) == decided(printed), command


LOGGED = (
    "BIOS-e820", "e820 ", "SRAT: ", "NUMA: ", "Initmem", "Zone PFN", "Movable zone", "early_node_map", "On node", "DMA",
    "DMA32", "Normal", "Built", "Policy zone", "Freeing unused", "0:", "1:",
)  # fmt: skip


def logged(text):
    """The lines of a log about memory, with their order; what is available of it is modelled, not exact."""
    lines = [re.sub(r"^\[ *[\d.]+\] ", "", line) for line in text.splitlines()]
    found = [line for line in lines if line.strip().startswith(LOGGED)]
    image = re.search(
        r"Memory: \d+k/(\d+k) available \((.*kernel code), (.*absent), .* reserved, (.*)\)", text
    ).groups()
    return found, image


@pytest.mark.parametrize("name", BOOTS)
def test_the_log_of_a_captured_boot_says_the_same_of_memory(name):
    printed = captured(f"boot/boot-{name}.txt").partition("\n$ dmesg")[2].partition("\n$ ")[0]
    assert logged(machine(name).type("dmesg")) == logged(printed)


THP = "/sys/kernel/mm/transparent_hugepage"


def command_lines():
    """(command line, what was printed) of the 2 GiB machine booted to learn the command line's effect."""
    parts = re.findall(r"(?ms)^## \[(.*?)\]\n(.*?)(?=^##|\Z)", captured("cmdline_parse.txt"))
    return [pytest.param(*part, id=part[0] or "none") for part in parts]


def marks(host):
    """Watermarks and present pages of every zone, as the capture's own script printed them."""
    found = []
    for part in host.type("cat /proc/zoneinfo").split("Node ")[1:]:
        where = re.sub(r", zone +", ", ", part.split("\n", 1)[0])
        found += [
            f"{where} {name}={re.search(rf'(?m)^ +{name} +([0-9]+)', part)[1]}"
            for name in ("min", "low", "high", "present")
        ]
    return found


@pytest.mark.parametrize(("cmdline", "printed"), command_lines())
def test_the_command_line_has_the_effect_it_had(cmdline, printed):
    host = Host("2G", cmdline=cmdline)
    assert host.type("grep MemTotal /proc/meminfo").split()[1] == re.search(r"MemTotal: +(\d+)", printed)[1]
    enabled, defrag = re.search(r"^enabled=(.*) defrag=(.*)$", printed, re.M).groups()
    assert host.type(f"cat {THP}/enabled {THP}/defrag") == f"{enabled}\n{defrag}\n"
    least = re.search(r"^min_free_kbytes=(\d+)", printed, re.M)[1]
    assert host.type("cat /proc/sys/vm/min_free_kbytes") == f"{least}\n"
    assert marks(host) == re.search(r"^0, DMA min.*$", printed, re.M)[0].rstrip("; ").split("; ")
    assert ("cannot parse" in host.type("dmesg")) == ("cannot parse" in printed)
    for word, shown, after, running in re.findall(
        r"^after echo (\w+): rc=0 enabled=(.*) min_free=(\d+) khugepaged=(\d)", printed, re.M
    ):
        host.type(f"echo {word} > {THP}/enabled")
        assert host.type(f"cat {THP}/enabled /proc/sys/vm/min_free_kbytes") == f"{shown}\n{after}\n"
        assert host.type("ps | grep -c khugepaged") == f"{running}\n"
