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
    mapped, *texts = told(host)
    assert mapped == ("mmap rw- private anonymous, 4M at 0x200000000000", "spawn app; mmap app buf 4M")
    assert texts[0] == ("the process was registered with khugepaged", "touch app buf")
    assert texts[1][0].startswith("a fault got a huge page, frame ")
    assert texts[1][1] == "touch app buf"
    assert texts[2] == ("1 huge fault (write)", "touch app buf")
    assert texts[3] == ("mprotect r--, 4K at 0x200000000000", "mprotect app buf 4K r")
    assert texts[4] == ("the huge page was split: a VMA boundary moved into it", "mprotect app buf 4K r")
    assert texts[-1] == ("khugepaged made it huge: 512 pages were in use, 0 are new zeros", "tick 11s")


def test_other_ranges_are_left_out():
    host = Typed()
    host("spawn app; mmap app buf 4M; touch app buf 2M")
    assert [text for text, _ in told(host, "buf+2M")] == [
        "mmap rw- private anonymous, 4M at 0x200000000000",
        "the process was registered with khugepaged",
    ]


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


def test_calls_forks_and_the_registration_are_told():
    host = Typed()
    host("spawn app; mmap app buf 4M; madvise app buf 2M nohugepage; touch app buf+2M 4K; fork app child")
    texts = [text for text, _ in told(host)]
    assert texts[1:] == [
        "madvise nohugepage, 2M at 0x200000000000",
        "the process was registered with khugepaged",
        "fork: child (pid 101) shares its pages until one of them writes",
    ]


def test_what_follows_from_advice_on_touched_memory():
    host = Typed()
    host(f"echo madvise > {THP}/enabled; spawn app; mmap app buf 2M; touch app buf; madvise app buf 2M hugepage")
    [found] = [each["found"] for each in explained(host, "buf")["decisions"][1]["checks"] if each["id"] == "registered"]
    assert found.endswith("`changes quirks` has advice_registers")
