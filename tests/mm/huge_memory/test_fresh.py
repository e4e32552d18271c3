"""A fresh huge page, and one that still looks charged (before commit 16)."""

from tests.commands.typed import with_app
from tests.support import host
from thpsh.mm.huge_memory.fresh import alloc_huge_block
from thpsh.structs.page import Gfp


def test_a_page_that_looks_charged_is_reported_and_passed_over():
    t = with_app(revert=("16",), drained=True)
    t("cgroup create box 64M; cgroup attach box app; touch app buf 2M; munmap app buf; mmap app new 2M")
    zone = next(zone for zone in t.session.machine.kernel.zones if zone.stale_used)
    ((index, group),) = zone.stale_used.items()
    assert group == "/box"
    t("touch app new")
    assert f"BUG: Bad page state in process app  pfn:{(index << 9) + 1:05x}" in t("dmesg")
    assert zone.stale_used == {}


def test_a_kernel_with_the_fix_leaves_no_bits():
    t = with_app(drained=True)
    t("cgroup create box 64M; cgroup attach box app; touch app buf 2M; munmap app buf")
    assert not any(zone.stale_used for zone in t.session.machine.kernel.zones)
    assert "Used bits" not in t("memcg")


def test_no_memory_is_no_page():
    h = host(memory=64 << 20)
    got = []
    while (block := alloc_huge_block(h.kernel, 0, Gfp.TRANSHUGE, None, "app")) is not None:
        got.append(block)
    assert 10 < len(got) < 32
