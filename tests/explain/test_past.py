"""What led to the state of a range."""

from tests.commands.typed import Typed
from tests.explain.stage import THP, explained


def told(host, place="buf"):
    return [(each["text"], each["line"]) for each in explained(host, place)["happened"]]


def test_faults_splits_and_collapses_in_order_with_what_was_typed():
    host = Typed(drained=True)
    host("spawn app; mmap app buf 4M")
    host("touch app buf")
    host("mprotect app buf 4K r")
    host("mprotect app buf 4K rw")
    host("touch app buf 4K")
    host("tick 11s")
    texts = told(host)
    assert texts[0][0].startswith("a fault got a huge page, frame ")
    assert texts[0][1] == "touch app buf"
    assert texts[1] == ("1 huge fault (write)", "touch app buf")
    assert texts[2] == ("the huge page was split: a VMA boundary moved into it", "mprotect app buf 4K r")
    assert texts[-1] == ("khugepaged made it huge: 512 pages were in use, 0 are new zeros", "tick 11s")


def test_other_ranges_are_left_out():
    host = Typed()
    host("spawn app; mmap app buf 4M; touch app buf 2M")
    assert told(host, "buf+2M") == []


def test_a_full_group_is_named():
    host = Typed()
    host("cgroup create g 1M; spawn app; cgroup attach g app; mmap app buf 4M")
    host("touch app buf 4K")
    assert "the group /g had no room for 2 MiB: small pages" in [text for text, _ in told(host)]


def test_khugepageds_reasons_are_told():
    host = Typed()
    host(f"echo never > {THP}/enabled; spawn app; mmap app buf 2M; touch app buf; drain; pin app buf 4K")
    host(f"echo always > {THP}/enabled; madvise app buf 2M hugepage")
    text, line = told(host)[-1]
    assert text == "khugepaged looked and left it: a page is shared or pinned (page 0)"
    assert line.endswith("madvise app buf 2M hugepage")
