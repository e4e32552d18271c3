"""LRU lists: the order in which reclaim meets pages."""

from thpsh.structs.lru import LruEntry, LruList, Lruvec, TailsEntry
from thpsh.structs.page import Lru


def test_reclaim_begins_at_the_oldest():
    listed = LruList(Lru.INACTIVE_ANON)
    old, middle, new = (LruEntry(None, 1 << n, listed) for n in range(3))
    listed.oldest, listed.newest = old, new
    old.newer, middle.newer = middle, new
    assert list(listed.from_oldest()) == [old, middle, new]


def test_an_empty_list_has_no_entries():
    assert list(LruList(Lru.ACTIVE_FILE).from_oldest()) == []


def test_a_zone_has_five_lists_at_their_numbers():
    lists = Lruvec().lists
    assert [listed.kind for listed in lists] == [0, 1, 2, 3, 4]
    assert [listed.kind.active for listed in lists] == [False, True, False, True, False]


def test_the_tails_of_a_split_page_lie_the_other_way_round():
    assert LruEntry(None, 1, None).ascending
    assert not TailsEntry(None, 1, None).ascending
