"""What becomes of khugepaged's page when a collapse fails, on both sides of commits 9 and 14."""

import pytest

from tests.commands.typed import Typed
from thpsh.structs.config import BuildConfig

KNOB = "/sys/kernel/mm/transparent_hugepage/enabled"
SMALL = (
    f"echo never > {KNOB}; spawn app; cgroup create box; cgroup attach box app; mmap app buf 4M; touch app buf; drain"
)


def broken(point, revert, *, numa):
    t = Typed(revert=revert, drained=True, build=BuildConfig(numa=numa))
    t(SMALL)
    t(f"inject {point}; echo always > {KNOB}; mmap app more 2M; madvise app more 2M nohugepage")
    return t


def usage(t):
    return int(t("cat /cgroup/box/memory.usage_in_bytes"))


@pytest.mark.parametrize("numa", [True, False])
def test_a_failure_after_the_charge_gives_it_back(numa):
    t = broken("collapse_isolate 1", (), numa=numa)
    before = usage(t)
    t("mmap app other 2M; touch app other 4K; drain")
    assert t("slots app buf")[:2] == "FH"
    assert usage(t) == before + (2 << 20)
    assert "Bad page" not in t("dmesg")


@pytest.mark.parametrize("numa", [True, False])
def test_before_commit_14_the_charge_was_lost(numa):
    t = broken("collapse_isolate 2", ("14",), numa=numa)
    before = usage(t)
    t("mmap app other 2M; touch app other 4K; drain")
    assert t("slots app buf")[:2] == "HF"
    assert usage(t) == before + (4 << 20)
    assert "BUG: Bad page state in process khugepaged" in t("dmesg")
    assert "/box: 2048 kB stay charged that no page has" in t("memcg")
    t("exit app; drain")
    assert usage(t) == 2 << 20
    assert "EINTR" in t.fails("cgroup rm box")


def test_a_spare_page_is_kept_when_a_group_has_no_room():
    t = broken("memcg_charge 2", (), numa=False)
    t("mmap app other 2M; touch app other 4K")
    assert t("slots app buf")[:2] == "FH"


def test_before_commit_9_it_was_freed_and_used_on():
    t = broken("memcg_charge 2", ("9",), numa=False)
    assert "Kernel panic" in t.fails("mmap app other 2M; touch app other 4K")
    log = t("dmesg")
    assert "kernel BUG at include/linux/mm.h:370!" in log
    assert [line.split("]  ")[-1] for line in log.splitlines()[-5:-1]] == [
        "page_add_new_anon_rmap",
        "collapse_huge_page",
        "khugepaged",
        "kthread",
    ]
    assert t("slots app buf")[:2] == "FF"
    t("reset")
    assert t("ps").count("app") == 0


def test_before_commit_9_with_nothing_else_to_collapse_it_was_freed_twice():
    t = broken("memcg_charge 2", ("9",), numa=False)
    t(f"echo never > {KNOB}; munmap app buf+2M; echo always > {KNOB}")
    assert "Kernel panic" in t.fails("mmap app other 2M; touch app other 4K")
    assert "kernel BUG at include/linux/mm.h:274!" in t("dmesg")


def test_a_page_still_charged_that_the_next_range_takes_is_charged_once():
    t = broken("collapse_isolate 1", ("14",), numa=False)
    before = usage(t)
    t("mmap app other 2M; touch app other 4K; drain")
    assert t("slots app buf")[:2] == "FH"
    assert usage(t) == before + (2 << 20)
    assert "Bad page" not in t("dmesg")
    assert "stay charged" not in t("memcg")


def test_a_page_still_charged_that_nobody_takes_is_reported_with_its_group():
    t = broken("collapse_isolate 2", ("14",), numa=False)
    t("mmap app other 2M; touch app other 4K")
    assert "page flags: 0x4000000000004000(head)" in t("dmesg")
    assert "pc->mem_cgroup:(/box)" in t("dmesg")
