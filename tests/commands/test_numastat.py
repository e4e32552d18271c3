"""The command numastat."""

import json

from tests.commands.typed import Typed, with_app

# Eight huge pages, a page table kept back for each, and the two directories above them.
TOUCHED = 8 + 8 + 2


def counted(t: Typed, line: str) -> dict[str, tuple[int, int]]:
    """What a line adds to each counter, by node."""

    def table() -> dict[str, tuple[int, int]]:
        return {row[""]: (row["node0"], row["node1"]) for row in json.loads(t("numastat --json"))["rows"]}

    before = table()
    t(line)
    return {
        name: (now[0] - before[name][0], now[1] - before[name][1])
        for name, now in table().items()
        if now != before[name]
    }


def two_nodes() -> Typed:
    return with_app(memory=2 << 30, nodes=2, cpus=2)


def test_numastat_counts_by_node():
    out = with_app(nodes=2, cpus=2)("numastat")
    assert out.splitlines()[0].split() == ["node0", "node1"]


def test_memory_of_the_own_node_is_local():
    assert counted(two_nodes(), "touch app buf") == {"hit": (TOUCHED, 0), "local": (TOUCHED, 0)}


def test_memory_bound_to_the_other_node_is_wanted_there_but_not_local():
    t = two_nodes()
    t("set_mempolicy app bind 1")
    assert counted(t, "touch app buf") == {"hit": (0, TOUCHED), "other": (0, TOUCHED)}


def test_interleaved_memory_goes_half_and_half():
    t = two_nodes()
    t("set_mempolicy app interleave all")
    half = TOUCHED // 2
    assert counted(t, "touch app buf") == {
        "hit": (half, half),
        "interleave": (half, half),
        "local": (half, 0),
        "other": (0, half),
    }


def test_a_preferred_node_that_is_full_misses_its_huge_pages_to_the_other():
    t = two_nodes()
    t("set_mempolicy app preferred 1; spawn big --node 1; mmap big all 1100M; touch big all")
    found = counted(t, "touch app buf")
    assert found["miss"][0] == found["foreign"][1] >= 8
    assert found.get("hit", (0, 0))[1] + found["foreign"][1] == TOUCHED
    assert found["local"] == found["miss"]
