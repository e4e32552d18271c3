"""What can be concluded of a slot, from what a kernel tells."""

import pytest

from thpsh.cli.record.observer import PAGES, SLOT, Slot, decide, letter
from thpsh.oracle.smaps import SmapsEntry


def vma(slots, **fields):
    return SmapsEntry(0, slots * SLOT, "rw-p", fields)


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        (Slot(0), "."),
        (Slot(0, present=3), "P"),
        (Slot(0, present=PAGES), "F"),
        (Slot(0, present=2, zero=2), "z"),
        (Slot(0, present=4, compound=4), "h"),
        (Slot(0, present=PAGES, compound=511), "F"),
        (Slot(0, present=PAGES, compound=PAGES, huge=True), "H"),
        (Slot(0, present=PAGES, zero=PAGES, huge=True), "Z"),
        (Slot(0, present=PAGES, huge=None), "?"),
        (Slot(0, present=3, swapped=1), "S"),
        (Slot(0, present=3, swapped=1, special=1), "X"),
    ],
)
def test_each_state_has_its_letter(slot, expected):
    assert letter(slot) == expected


def test_smaps_decides_when_all_full_slots_are_huge_or_none_is():
    slots = [Slot(0, present=PAGES, huge=None), Slot(SLOT, present=PAGES, huge=None)]
    decide(slots, vma(2, AnonHugePages=4096, Rss=4096))
    assert [slot.huge for slot in slots] == [True, True]
    slots = [Slot(0, present=PAGES, huge=None)]
    decide(slots, vma(1, Rss=2048))
    assert slots[0].huge is False


def test_one_huge_slot_of_two_full_ones_stays_open():
    slots = [Slot(0, present=PAGES, huge=None), Slot(SLOT, present=PAGES, huge=None)]
    decide(slots, vma(2, AnonHugePages=2048, Rss=4096))
    assert [letter(slot) for slot in slots] == ["?", "?"]


def test_a_huge_slot_that_is_in_no_sum_is_the_zero_page():
    slots = [Slot(0, present=PAGES, huge=True)]
    decide(slots, vma(1))
    assert letter(slots[0]) == "Z"
