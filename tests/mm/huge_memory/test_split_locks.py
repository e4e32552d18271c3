"""The walk of a split, in the order of the anon_vma list."""

from tests.commands.typed import with_app
from thpsh.trace.events.lock import LockAcquire, RmapWalk


def events(t, kind):
    return [record.event for record in t.session.machine.trace.records if isinstance(record.event, kind)]


def test_the_parent_is_met_before_its_children_in_both_walks():
    t = with_app()
    t("touch app buf 2M; fork app one; fork app two; trace locks on; mprotect one buf 4K r")
    walk = [(each.mm, each.place, each.site) for each in events(t, RmapWalk)]
    assert walk == [
        (mm, place, site)
        for site in ("__split_huge_page_splitting", "__split_huge_page_map")
        for place, mm in enumerate((3, 4, 5), 1)
    ]


def test_the_counts_are_made_under_lru_lock_and_compound_lock():
    t = with_app()
    t("touch app buf 2M; trace locks on; munmap app buf+1M 4K")
    locks = [each.lock for each in events(t, LockAcquire)]
    first = locks.index("anon_vma->root->mutex")
    assert locks[first : first + 6] == [
        "anon_vma->root->mutex",
        "page_table_lock",
        "zone->lru_lock",
        "compound_lock",
        "page_cgroup move lock",
        "page_table_lock",
    ]
