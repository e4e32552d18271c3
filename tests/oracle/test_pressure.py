"""What counts as agreement on a machine short of memory."""

import pytest

from thpsh.oracle.differ import Difference
from thpsh.oracle.pressure import agrees, near

LINE = "Node 0, zone    DMA32 {} \n"


def difference(what, wanted, found):
    return Difference(0, "touch", what, wanted, found)


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [(100, 110, True), (100, 90, True), (100, 112, False), (0, 0, True), (0, 1, False), (-50, -53, True)],
)
def test_numbers_may_differ_by_a_tenth(wanted, found, same):
    assert near(wanted, found) is same
    assert agrees(difference("allocstall", wanted, found)) is same


def test_what_the_runs_did_not_agree_on_is_not_asked_for():
    assert agrees(difference("A/r [0K+2048K rw-p] Referenced", 0, 2048))
    assert not agrees(difference("A/r [0K+2048K rw-p] Referenced", 2048, 0))
    assert not agrees(difference("A/r [0K+2048K rw-p] Rss", 0, 2048))


def test_words_must_be_the_same():
    assert not agrees(difference("A/r slots", "HHP", "HHH"))
    assert not agrees(difference("ret", "0", "KILLED"))
    assert not agrees(difference("value", "Cached: 3208 kB", "Cached: 3209 kB"))


@pytest.mark.parametrize(
    ("found", "same"),
    [
        ("15000 10 2 0 0 0 0 0 0 1 116", True),
        ("13000 1010 2 0 0 0 0 0 0 1 116", True),  # other small blocks
        ("15000 10 2 0 0 0 0 0 0 1 90", False),
        ("0 0 0 0 0 0 0 0 0 16 116", False),
    ],
)
def test_free_memory_is_compared_by_zone_and_by_the_size_of_its_blocks(found, same):
    wanted = LINE.format("15359 0 1 0 1 0 1 0 0 0 116")
    assert agrees(difference("value", wanted, LINE.format(found))) is same


def test_types_of_a_zone_count_together():
    wanted = "Node    0, zone    DMA32, type    Unmovable 0 0 0 0 0 0 0 0 0 0 1 \n" + LINE.format(
        "0 0 0 0 0 0 0 0 0 0 1"
    )
    found = "Node    0, zone    DMA32, type      Movable 0 0 0 0 0 0 0 0 0 0 2 \n" + LINE.format(
        "0 0 0 0 0 0 0 0 0 0 0"
    )
    assert agrees(difference("value", wanted, found))
    assert not agrees(difference("value", wanted, found.replace("DMA32", "Normal")))
