"""What a CPU keeps for itself."""

from thpsh.structs.cpu import Cpu
from thpsh.structs.page import Lru


def test_one_pagevec_for_each_lru_list():
    cpu = Cpu(0, 0)
    assert [cpu.pagevecs[kind].kind for kind in Lru] == list(Lru)


def test_cpus_share_nothing():
    a, b = Cpu(0, 0), Cpu(1, 0)
    a.pagevecs[Lru.ACTIVE_ANON].nr = 3
    a.stock.nr_pages = 31
    assert b.pagevecs[Lru.ACTIVE_ANON].nr == 0
    assert b.stock.nr_pages == 0
