"""What the recorder sees of regions, and what its looking does."""

from tests.oracle.cases import replay


def view(*lines, region="r"):
    """The region after all operations."""
    return replay("spawn A", *lines)[1][-1].regions[("A", region)]


def test_letters_and_pages_of_every_kind_of_slot():
    found = view(
        "mmap A r 10M",
        "madvise A r 4M hugepage",
        "touch A r 2M write stride=2M",
        "touch A r+4M 2M write",
        "touch A r+6M 8K read",
        "touch A r+8M 8K read",
        "touch A r+8M 4K write",
    )
    assert (found.slots, found.present, found.zero) == ("H.FzP", (512, 0, 512, 2, 2), (0, 0, 0, 2, 1))


def test_vmas_and_their_numbers_come_from_smaps():
    found = view("mmap A r 4M", "touch A r 8K write", "mprotect A r+2M 4K r", "mlock A r+3M 4K")
    assert [(vma.offset >> 10, vma.kb, vma.perms) for vma in found.vmas] == [
        (0, 2048, "rw-p"), (2048, 4, "r--p"), (2052, 1020, "rw-p"), (3072, 4, "rw-p"), (3076, 1020, "rw-p"),
    ]  # fmt: skip
    assert found.vmas[0].fields == {"Rss": 8, "Private_Dirty": 8, "Referenced": 8, "Anonymous": 8}
    assert found.vmas[3].fields["Locked"] == 4


def test_a_region_may_begin_inside_a_slot():
    found = view("mmap A r 2M offset=4K", "touch A r 2M write")
    assert (found.slots, found.present, found.mod2m) == ("PP", (511, 1), 4096)


def test_regions_with_an_underscore_are_not_looked_at():
    assert list(replay("spawn A", "mmap A _big 2M", "mmap A r 2M")[1][-1].regions) == [("A", "r")]


def test_looking_merges_vmas_only_where_full_slots_are_of_two_kinds():
    """The touched middle and its untouched neighbours become equal again, but munlock leaves them apart."""
    apart = ("mmap A r 12M", "touch A r+4M 2M write", "mlock A r+4M 2M", "munlock A r+4M 2M")
    assert len(view(*apart).vmas) == len(view(*apart, "sleep 1").vmas)


def test_looking_splits_nothing():
    outcomes = replay(
        "spawn A", "mmap A r 6M", "madvise A r+2M 2M hugepage", "touch A r 6M write", "madvise A r+2M 2M nohugepage"
    )[1]
    assert outcomes[-2].regions[("A", "r")].slots == outcomes[-1].regions[("A", "r")].slots == "FHF"
    assert not outcomes[-1].counters
