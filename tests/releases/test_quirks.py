"""The promises that were not kept."""

from pathlib import Path

import pytest

from tests.commands.typed import Typed
from thpsh.record import names_of
from thpsh.releases import find
from thpsh.releases.quirks import QUIRKS
from thpsh.structs.intended import Intended

RECORDINGS = Path(__file__).parents[1] / "oracle" / "traces"
CAPTURES = Path(__file__).parents[1] / "data"


def test_those_with_a_switch_are_the_switches_of_intended_kernels():
    assert sorted(quirk.id for quirk in QUIRKS if quirk.switch) == sorted(names_of(Intended))


def test_what_shows_them_is_there():
    for quirk in QUIRKS:
        if quirk.shown_by:
            assert (RECORDINGS / f"{quirk.shown_by}.json").is_file() or (CAPTURES / f"{quirk.shown_by}.txt").is_file()


def test_the_commits_that_promised_exist():
    assert [find(str(quirk.commit)).number for quirk in QUIRKS if quirk.commit] == [21, 18, 8, 36, 15, 2]


@pytest.mark.parametrize(("intended", "counted"), [(False, 1), (True, 0)])
def test_pages_for_another_node_count_as_other_node_unless_the_promise_is_kept(intended, counted):
    host = Typed(memory=2 << 30, nodes=2, cpus=2, intended=intended, drained=True)
    host("echo never > /sys/kernel/mm/transparent_hugepage/enabled; runon khugepaged 0")
    host("spawn app --node 1; mmap app buf 2M; mmap app other 2M; touch app buf")
    look = "grep other_node /sys/devices/system/node/node1/numastat"
    before = int(host(look).split()[-1])
    host("echo always > /sys/kernel/mm/transparent_hugepage/enabled; touch app other 4K")
    after = int(host(f"tick 11s; {look}").split()[-1])
    assert host("slots app buf").split()[0] == "H"
    assert after - before == counted


@pytest.mark.parametrize("intended", [False, True])
def test_private_mappings_of_files_take_the_advice_on_every_kernel(intended):
    host = Typed(intended=intended)
    host("spawn app; mmap app buf 4M --file data; madvise app buf 4M hugepage; touch app buf")
    assert "H" not in host("slots app buf").split()[0]
