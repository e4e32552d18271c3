"""Who maps a frame, and whose it is."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import START, K, M, host
from thpsh.mm.page_rmap import (
    forget_owner,
    held_otherwise,
    owner_of,
    page_dup_rmap,
    set_owner,
    slot_index,
    unmap_frames,
)
from thpsh.structs.anon_vma import AnonVma
from thpsh.structs.bits import FULL, indices, span
from thpsh.structs.pageblock import Pageblock, RareFlags
from thpsh.structs.vma import Vm, Vma


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 2**8 - 1)), max_size=60))
def test_mapcounts_agree_with_a_counter(steps):
    block, counter = Pageblock(0, None), Counter()
    for maps, frames in steps:
        if maps:
            page_dup_rmap(block, frames)
            counter.update(indices(frames))
        else:
            frames &= block.once
            gone = unmap_frames(block, frames)
            counter.subtract(indices(frames))
            assert gone == sum(1 << frame for frame in indices(frames) if not counter[frame])
        assert [block.mapcount(frame) for frame in range(8)] == [counter[frame] for frame in range(8)]
        assert block.once == sum(1 << frame for frame in range(8) if counter[frame])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-500, 500), st.integers(0, 500)), max_size=30))
def test_owners_agree_with_a_dict(steps):
    block, model = Pageblock(0, None), {}
    families = [AnonVma(number) for number in range(3)]
    for who, delta, first in steps:
        frames = span(first, first + 8)
        forget_owner(block, frames)
        set_owner(block, frames, families[who], None, delta)
        model |= {frame: (families[who], frame + delta) for frame in range(first, first + 8)}
    for frame in range(512):
        found = owner_of(block, frame)
        assert (None if found is None else (found[0].mapping, found[1])) == model.get(frame)


def test_a_huge_page_of_a_late_vma_counts_from_the_slot():
    vma = Vma(None, START + 2 * M, START + 8 * M, 0, 1000)
    assert slot_index(vma, (START >> 21) + 1) == 1000
    assert slot_index(vma, (START >> 21) + 3) == 1000 + 1024
    assert slot_index(Vma(None, START + 4 * K, START + 8 * M, 0, 0), START >> 21) == -1


def test_a_huge_page_counts_512_pages_but_one_charge():
    h = host()
    h.map(2 * M)
    stat, zone = h.task.mm.memcg.stat, h.kernel.zones[-1].stat
    before = (stat.rss, stat.pgpgin, zone.nr_anon_transparent_hugepages, zone.nr_anon_pages)
    h.write(0, 4 * K)
    after = (stat.rss, stat.pgpgin, zone.nr_anon_transparent_hugepages, zone.nr_anon_pages)
    assert [new - old for new, old in zip(after, before, strict=True)] == [512, 1, 1, 0]


def test_pages_faulted_into_locked_memory_are_mlocked_at_once():
    h = host()
    h.enabled("never")
    h.map(2 * M, flags=Vm.DATA_DEFAULT | Vm.LOCKED)
    h.task.mm.locked_vm = 512
    h.write(0, 12 * K)
    assert h.kernel.zones[-1].stat.nr_mlock == 3


def test_references_that_are_no_mappings():
    block = Pageblock(0, None)
    assert held_otherwise(block) == 0
    block.rare = RareFlags(pins={0: 2}, swap={511: 7}, isolated=0b10)
    assert held_otherwise(block) == 0b11 | 1 << 511


def test_a_full_block_shared_by_300_processes():
    block = Pageblock(0, None)
    for _ in range(300):
        page_dup_rmap(block, FULL)
    assert (block.mapcount(0), block.mapcount(511)) == (300, 300)
    for _ in range(299):
        assert unmap_frames(block, FULL) == 0
    assert unmap_frames(block, FULL) == FULL
    assert (block.once, block.twice, block.planes) == (0, 0, ())
