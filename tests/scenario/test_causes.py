"""The events shown below a failed expectation are those that moved the value."""

import pytest

from tests.commands.typed import with_app


def events_of(typed, expectation):
    """The lines below `last events`, without their times."""
    lines = typed.fails(expectation).splitlines()
    if "    last events that changed it:" not in lines:
        return []
    return [line.partition("] ")[2] for line in lines[lines.index("    last events that changed it:") + 1 :]]


def test_what_never_moved_has_no_events():
    t = with_app(cmdline="transparent_hugepage=never")
    t("touch app buf 64K")
    assert events_of(t, "expect /proc/meminfo AnonHugePages == 2048 kB") == []
    assert events_of(t, "expect /proc/sys/vm/swappiness == 1") == []


def test_huge_pages_are_moved_by_faults_and_splits_not_by_the_split_of_a_vma():
    t = with_app()
    t("touch app buf 2M; munmap app buf 4K")
    names = [line.split()[0] for line in events_of(t, "expect /proc/meminfo AnonHugePages == 2048 kB")]
    assert names == ["thp_fault_alloc", "thp_split"]


def test_fields_are_said_in_words_and_in_hexadecimal():
    t = with_app()
    t("touch app buf 2M; munmap app buf+4K 4K")
    (event,) = events_of(t, "expect /proc/vmstat thp_split == 2")
    assert "reason=a VMA boundary moved into it" in event
    assert event.endswith(":0x200000000000")
    assert event.split("addresses=")[1].startswith("mm")


@pytest.mark.parametrize(
    ("expectation", "name"),
    [
        ("expect slots app buf == X", "page_fault"),
        ("expect /proc/vmstat pgfault == 1", "page_fault"),
        ("expect trace thp_fault_alloc == 9", "thp_fault_alloc"),
        ("expect /proc/meminfo MemFree == 1", "mm_page_alloc"),
    ],
)
def test_each_kind_of_value_has_its_events(expectation, name):
    t = with_app()
    t("touch app buf 2M")
    assert name in [line.split()[0] for line in events_of(t, expectation)]
