"""Machine files."""

import pytest

from thpsh.boot import boot
from thpsh.boot.machine_file import parse_machine_file
from thpsh.errors import UsageError

UNEQUAL = """
[machine]
kernel = "3.0"
seed = 7
[[node]]
memory = "1G"
cpus = 2
distance = [10, 21]
[[node]]
memory = "3G"
cpus = 1
distance = [21, 10]
[build]
debug_vm = true
[cost]
fault = 1000
"""


def test_unequal_nodes_boot_with_their_memory_cpus_and_distances():
    kernel = boot(parse_machine_file("m.toml", UNEQUAL)).kernel
    assert [node.cpus for node in kernel.nodes] == [(0, 1), (2,)]
    assert kernel.nodes[0].distances == (10, 21)
    frames = [sum(zone.managed for zone in node.zones) for node in kernel.nodes]
    assert frames[1] > 2.9 * frames[0]
    assert (kernel.cost.fault, kernel.build.debug_vm) == (1000, True)


def test_a_cost_profile_can_be_changed_in_part():
    cost = parse_machine_file("m.toml", "[cost]\nprofile = 'vmx-2010'\nsplit = 7").cost
    assert (cost.split, cost.clear_page) == (7, 1416)


def test_the_cpu_says_how_it_translates():
    kernel = boot(parse_machine_file("m.toml", "[cpu]\ntlb = [512, 8]")).kernel
    assert (kernel.paging.levels, kernel.paging.tlb) == (4, (512, 8))


def test_an_empty_file_is_the_default_machine():
    spec = parse_machine_file("m.toml", "")
    assert (spec.memory, spec.cpus, spec.nodes) == (8 << 30, 2, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[machine]\nmemroy = 5", "m.toml: machine.memroy: unknown key"),
        ("[machine]\nmemory = '5Q'", "5Q"),
        ("[machine]\ncpus = 'two'", "machine.cpus"),
        ("[cost]\nspeed = 5", "cost.speed: unknown key"),
        ("[cost]\nprofile = 'pdp-11'", "cost.profile: pdp-11: expected vmx-2010"),
        ("[cost]\nfault = -1", "cost.fault: -1: expected"),
        ("[cost]\nfault = 'much'", "cost.fault: much: expected"),
        ("[build]\nthp = 'maybe'", "build.thp"),
        ("[machine", "m.toml"),
        ("[machine]\nmemory='1G'\n[[node]]\nmemory='1G'", "one or the other"),
        ("[[node]]\nmemory='1G'\n[[node]]\nmemory='1G'\ndistance=[10]", "expected 2 numbers"),
    ],
)
def test_what_is_wrong_is_named(text, words):
    with pytest.raises(UsageError, match=words.replace("[", r"\[")):
        parse_machine_file("m.toml", text)
