"""What the events of swap and reclaim count."""

from thpsh.trace.events.swap import (
    MmFilemapAddToPageCache,
    MmVmscanDirectReclaimBegin,
    MmVmscanLruShrinkInactive,
    ShrinkActiveList,
    SwapReadpage,
    SwapWritepage,
)


def test_swap_counts_pages_and_kb():
    assert dict(SwapWritepage(1, 32).counts()) == {"pswpout": 32, "pgpgout": 128}
    assert dict(SwapReadpage(1, 8).counts()) == {"pswpin": 8, "pgpgin": 32}
    assert dict(MmFilemapAddToPageCache(0, 4).counts()) == {"pgpgin": 16}


def test_a_batch_counts_for_whoever_reclaims():
    batch = MmVmscanLruShrinkInactive(0, "DMA32", True, "kswapd", 32, 30)
    assert dict(batch.counts()) == {"pgscan_kswapd_dma32": 32, "pgsteal_dma32": 30, "kswapd_steal": 30}
    batch = MmVmscanLruShrinkInactive(0, "DMA", False, "direct", 32, 30)
    assert dict(batch.counts()) == {"pgscan_direct_dma": 32, "pgsteal_dma": 30}


def test_a_group_counts_what_it_freed_but_not_what_it_scanned():
    assert dict(MmVmscanLruShrinkInactive(0, "DMA32", False, "/g", 32, 32).counts()) == {"pgsteal_dma32": 32}


def test_deactivation_and_stalls():
    assert dict(ShrinkActiveList(0, "Normal", False, 32, 543).counts()) == {"pgrefill_normal": 32, "pgdeactivate": 543}
    assert dict(MmVmscanDirectReclaimBegin(0, 0xD0).counts()) == {"allocstall": 1}
