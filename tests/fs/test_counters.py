"""Zone counters by name."""

from __future__ import annotations

from tests.support import M, host
from thpsh.fs.counters import anon_pages, huge_pages, total, value, zone_counters
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.config import BuildConfig


def test_a_huge_page_is_512_pages_of_the_lru_and_one_of_the_gauge() -> None:
    app = host()
    app.map(2 * M)
    before = total(app.kernel, "nr_active_anon")
    app.write(0, 1)
    lru_add_drain_all(app.kernel)
    assert total(app.kernel, "nr_anon_transparent_hugepages") == 1
    assert huge_pages(app.kernel) == 512
    assert total(app.kernel, "nr_active_anon") - before >= 512
    assert anon_pages(app.kernel) - total(app.kernel, "nr_anon_pages") == 512


def test_before_base_pages_were_counted_it_was_one_page_of_the_lru() -> None:
    app = host(revert=("20",), drained=True)
    app.map(2 * M)
    before = total(app.kernel, "nr_active_anon")
    app.write(0, 1)
    lru_add_drain_all(app.kernel)
    assert total(app.kernel, "nr_active_anon") - before <= 20


def test_sums_may_be_of_some_zones_only() -> None:
    kernel = host().kernel
    dma, dma32 = kernel.zones
    assert value(kernel, dma, "nr_free_pages") == 3981
    assert total(kernel, "nr_free_pages") == 3981 + dma32.free
    assert total(kernel, "nr_free_pages", [dma]) == 3981


def test_counters_are_never_shown_below_0() -> None:
    kernel = host().kernel
    kernel.zones[0].stat.nr_mlock = -3
    assert value(kernel, kernel.zones[0], "nr_mlock") == 0


def test_builds_and_releases_hide_names() -> None:
    assert len(zone_counters(host().kernel)) == 32
    assert not [name for name in zone_counters(host(build=BuildConfig(numa=False)).kernel) if name.startswith("numa")]
    assert "nr_anon_transparent_hugepages" not in zone_counters(host(revert=("34",)).kernel)
