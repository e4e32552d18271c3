"""Faults that come again for ever, before commit 5."""

from tests.commands.typed import Typed


def cut(revert, kind="--devzero"):
    t = Typed(revert=revert)
    t(f"spawn app; mmap app buf 4M {kind}; touch app buf; mprotect app buf 1M none")
    return t


def test_the_open_side_of_the_boundary_faults_for_ever():
    t = cut(("5",))
    before = int(t("cat /proc/vmstat").split("pgfault ")[1].split()[0])
    assert "app hangs: it faults at 0x200000180000" in t.fails("touch app buf+1536K 4K")
    assert int(t("cat /proc/vmstat").split("pgfault ")[1].split()[0]) == before + 1000


def test_plain_anonymous_memory_was_never_hit():
    cut(("5",), "")("touch app buf+1536K 4K")


def test_the_fixed_kernel_splits_first():
    cut(())("touch app buf+1536K 4K")


def test_the_other_huge_page_is_untouched_and_unmapping_heals():
    t = cut(("5",))
    t("touch app buf+2M")
    t("munmap app buf+1M 1M; mmap app new 1M")
    t("touch app buf+2M; touch app new")
    assert t.session.machine.kernel.tasks[100].mm.stuck == {}


def test_a_child_gets_the_entries_as_they_are():
    t = cut(("5",))
    t("fork app child")
    assert "child hangs" in t.fails("touch child buf+1M 4K --read")


def test_a_change_of_their_protection_heals_the_entries():
    t = cut(("5",))
    t("mprotect app buf+1M 512K r")
    t("touch app buf+1M 512K --read")
    assert "app hangs: it faults at 0x200000180000" in t.fails("touch app buf+1536K 4K")


def test_a_change_to_what_the_vma_has_already_changes_no_entry():
    t = cut(("5",))
    t("mprotect app buf 2M rw; touch app buf 1M")
    assert "app hangs: it faults at 0x200000100000" in t.fails("touch app buf")
