"""The pool of huge pages kept for hugetlbfs, and what is mapped from it (struct hstate, linux/hugetlb.h).

Index: a page of a file or mapping, counted in huge pages from its beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.pageblock import Pageblock


@record(eq=False)
class HugetlbPage(Versioned):
    """One huge page of the pool, free or in use."""

    block: Pageblock
    mapcount: int = 0
    cached: bool = False  # a page of a shared file
    anon: bool = False  # the first mapping was a private one (PageAnon)
    uptodate: bool = False
    refs: int = 0  # references to the head that are neither mappings nor the page cache
    tails: dict[int, int] = field(default_factory=dict)  # frame -> references that its own count has, too

    @property
    def count(self) -> int:
        """All references (page_count)."""
        return self.mapcount + self.cached + self.refs


@record(eq=False)
class HugetlbPte(Versioned):
    """A page of the pool mapped at a slot of an address space."""

    page: HugetlbPage
    writable: bool
    dirty: bool = False
    young: bool = True


@record(eq=False)
class ReserveMap(Versioned):
    """The reservation of a private mapping, which all parts of it share: the indices that have used theirs up."""

    consumed: int = 0  # a mask


@record(eq=False)
class HugetlbInode(Versioned):
    """A file of hugetlbfs as its shared mappings see it."""

    reserved: int = 0  # a mask of the indices for which there is a reservation or a page
    pages: dict[int, HugetlbPage] = field(default_factory=dict)


@record(eq=False)
class HugetlbNode(Versioned):
    """The part of the pool that lies on one node."""

    pages: int = 0
    surplus: int = 0
    free: list[HugetlbPage] = field(default_factory=list)  # the last is handed out first


@record(eq=False)
class Hstate(Versioned):
    """The pool."""

    nodes: tuple[HugetlbNode, ...]
    max_pages: int = 0  # what vm.nr_hugepages reads
    reserved: int = 0  # promised to mappings, not yet taken
    leaked: int = 0  # of these, promises kept with surplus pages, which nobody takes back (3.0)
    overcommit: int = 0  # how many surplus pages there may be
    next_to_alloc: int = 0  # node
    next_to_free: int = 0
    pages: dict[int, HugetlbPage] = field(default_factory=dict)  # all of them by pageblock

    @property
    def total(self) -> int:
        """All pages (nr_huge_pages)."""
        return len(self.pages)

    @property
    def free(self) -> int:
        """Pages nobody uses, reserved or not (free_huge_pages)."""
        return sum(len(node.free) for node in self.nodes)

    @property
    def surplus(self) -> int:
        """Pages beyond what was asked for, which go back to the buddy allocator when they get free."""
        return sum(node.surplus for node in self.nodes)

    @property
    def persistent(self) -> int:
        """The pages that stay."""
        return self.total - self.surplus
