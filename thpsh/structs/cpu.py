"""What belongs to one CPU: its node and its LRU caches (mm/swap.c: lru_add_pvecs)."""

from __future__ import annotations

from thpsh.record import field, record
from thpsh.structs.lru import Pagevec
from thpsh.structs.memcg import MemcgStock
from thpsh.structs.page import Lru
from thpsh.structs.versioned import Versioned


@record(eq=False)
class Cpu(Versioned):
    """One CPU."""

    number: int
    node: int
    pagevecs: tuple[Pagevec, ...] = field(default_factory=lambda: tuple(Pagevec(kind) for kind in Lru))
    stock: MemcgStock = field(default_factory=MemcgStock)
