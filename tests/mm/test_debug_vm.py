"""debug_vm finds what is wrong."""

import pytest

from tests.support import START, M, host
from thpsh.errors import ModelBug
from thpsh.mm.debug_vm import debug_vm


def touched():
    h = host()
    h.map(8 * M)
    h.write(0, 2 * M)
    h.enabled("never")
    h.write(2 * M, 2 * M)
    return h


def wrong(change, match):
    h = touched()
    change(h)
    with pytest.raises(ModelBug, match=match):
        debug_vm(h.kernel)


def table(h):
    return h.task.mm.pmds[(START >> 21) + 1]


def test_a_healthy_host_passes():
    assert debug_vm(touched().kernel) > 0


def test_a_wrong_rss_is_found():
    wrong(lambda h: setattr(h.task.mm, "anon_rss", h.task.mm.anon_rss + 1), "anon_rss")


def test_a_lost_deposit_is_found():
    wrong(lambda h: h.task.mm.deposits.pop(), "deposits")


def test_a_wrong_mapcount_is_found():
    wrong(lambda h: setattr(table(h).runs[0][1], "twice", 1 << 100), "mapcounts")


def test_a_lost_free_page_is_found():
    wrong(lambda h: setattr(h.kernel.zones[-1], "free", h.kernel.zones[-1].free - 1), "pages")


def test_a_wrong_list_length_is_found():
    def change(h):
        h.kernel.zones[-1].lruvec.lists[1].nr_pages += 1

    wrong(change, "ACTIVE_ANON")


def test_a_writable_entry_that_is_not_present_is_found():
    def change(h):
        table(h).present &= ~1
        table(h).runs = tuple((pages & ~1, block, shift) for pages, block, shift in table(h).runs)

    wrong(change, "anon_rss|not present")


def test_a_page_table_counted_wrongly_is_found():
    wrong(lambda h: setattr(h.task.mm, "nr_ptes", 0), "nr_ptes")
