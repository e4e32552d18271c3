"""/proc/PID/numa_maps (mm/mempolicy.c, fs/proc/task_mmu.c); 3.0 takes huge PMDs for page tables and finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.fs.cpu_mask import cpu_list
from thpsh.fs.proc.pid.process import file_of, mm_of, task_of, vma_name
from thpsh.fs.proc.smaps_stats import mapcounts
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.frames import pieces
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.hugetlb.mapped import huge_slots
from thpsh.mm.page_flags import ksm_pages
from thpsh.mm.shared_policy import shared_policy
from thpsh.mm.slot_range import covered
from thpsh.record import field, record
from thpsh.structs.bits import FULL, shifted
from thpsh.structs.mempolicy import MemPolicy, NodeMode, PolicyMode
from thpsh.structs.page import HPAGE_NR, HPAGE_ORDER, HPAGE_SHIFT, Lru
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbPte
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma


_MISREAD: Final = 3  # the offset of a swap entry begins at bit 9, a frame number at bit 12


@record
class _Stats:
    pages: int = 0
    anon: int = 0
    dirty: int = 0
    swapcache: int = 0
    active: int = 0
    writeback: int = 0
    mapmax: int = 0
    nodes: dict[int, int] = field(default_factory=dict)

    def add(self, block: Pageblock, frames: int, dirty: int) -> None:
        """Count frames of one pageblock, all of a huge page at once (gather_stats)."""
        count = frames.bit_count()
        rare = block.rare
        self.pages += count
        self.anon += (frames & ~block.cached).bit_count()
        self.dirty += (frames & (dirty | block.dirty)).bit_count()
        self.active += (frames & (block.active | _unevictable(block))).bit_count()
        if rare is not None:
            self.swapcache += sum(frames >> frame & 1 for frame in rare.swap)
            self.writeback += (frames & rare.writeback).bit_count()
        self.mapmax = max(self.mapmax, _most(block, frames))
        self.nodes[block.zone.node] = self.nodes.get(block.zone.node, 0) + count

    def add_hugetlb(self, entry: HugetlbPte) -> None:
        """Count a page of hugetlbfs, as one."""
        self.pages += 1
        self.anon += not entry.page.cached
        self.dirty += entry.dirty
        self.active += 1  # is not printed for them
        self.mapmax = max(self.mapmax, entry.page.mapcount)
        node = entry.page.block.zone.node
        self.nodes[node] = self.nodes.get(node, 0) + 1

    def add_stray(self, kernel: Kernel, pfn: int) -> None:
        """Count the page that 3.0 takes for the one behind a poison entry of hugetlbfs: its number is cut short."""
        index, frame = pfn >> HPAGE_ORDER, pfn & HPAGE_NR - 1
        zone = kernel.zone_of(index)
        block = zone.pageblocks.get(index)
        if block is not None:
            bit = 1 << frame
            self.anon += any(owner.mask & bit for owner in block.owners) and not block.cached & bit
            self.dirty += bool(block.dirty & bit)
            self.mapmax = max(self.mapmax, block.mapcount(frame))
        self.pages += 1
        self.active += 1
        self.nodes[zone.node] = self.nodes.get(zone.node, 0) + 1

    def text(self) -> str:
        """The words after the policy and the name."""
        if not self.pages:
            return ""
        words = [f"anon={self.anon}"] if self.anon else []
        words += [f"dirty={self.dirty}"] if self.dirty else []
        words += [f"mapped={self.pages}"] if self.pages not in (self.anon, self.dirty) else []
        words += [f"mapmax={self.mapmax}"] if self.mapmax > 1 else []
        words += [f"swapcache={self.swapcache}"] if self.swapcache else []
        words += [f"active={self.active}"] if self.active < self.pages else []
        words += [f"writeback={self.writeback}"] if self.writeback else []
        words += [f"N{node}={count}" for node, count in sorted(self.nodes.items())]
        return " " + " ".join(words)


def _unevictable(block: Pageblock) -> int:
    mask = 0
    for entry in block.lru:
        if entry.home.kind == Lru.UNEVICTABLE:
            mask |= entry.mask
    return mask


def _most(block: Pageblock, frames: int) -> int:
    """The highest mapcount among frames that are mapped."""
    if block.huge:
        return block.huge_mapcount
    return max(count for count, _ in mapcounts(block, frames))


def _show(place: Place) -> str:
    mm = mm_of(place)
    if mm is None:
        return ""
    policy = task_of(place).policy
    features = place.kernel.features
    reader = _Reader(place.kernel, features.numa_maps_splits, features.numa_maps_huge)
    return "".join(_line(reader, vma, policy) for vma in mm.vmas)


class _Reader(NamedTuple):
    """Who reads: the walker of mempolicy.c splits (up to 2.6.39), that of 3.1 knows huge pages, 3.0 neither."""

    kernel: Kernel
    splits: bool
    huge: bool


def _line(reader: _Reader, vma: Vma, policy: MemPolicy | None) -> str:
    file, name = file_of(vma), vma_name(vma)
    where = ""
    if file is not None:
        where = " file=" + "".join(f"\\{ord(letter):03o}" if letter in "\n\t= " else letter for letter in file.name)
    elif name and vma.file is None:
        where = f" {name.strip('[]')}"
    own = vma.policy
    if vma.shared and vma.file is not None and vma.file.mapping.swap_backed:
        own = shared_policy(vma.file.mapping, vma.pgoff)[0]
    if vma.flags & Vm.HUGETLB and (reader.splits or reader.huge):
        where += " huge"
    return f"{vma.start:08x} {policy_text(own or policy)}{where}{_stats(reader, vma).text()}\n"


def policy_text(policy: MemPolicy | None) -> str:
    """A memory policy as the kernel prints it (mpol_to_str)."""
    if policy is None:
        return "default"
    name = {PolicyMode.PREFERRED: "prefer", PolicyMode.BIND: "bind", PolicyMode.INTERLEAVE: "interleave"}
    if not policy.nodes:
        return "local"
    flag = "" if policy.numbered is NodeMode.PLAIN else f"={policy.numbered.name.lower()}"
    return f"{name[policy.mode]}{flag}:{cpu_list(policy.nodes)}"


def _stats(reader: _Reader, vma: Vma) -> _Stats:
    found = _Stats()
    if vma.flags & Vm.HUGETLB:
        for slot in huge_slots(vma.mm, vma.start, vma.end):
            found.add_hugetlb(vma.mm.hugetlb[slot])
        for slot, pfn in vma.mm.hugetlb_lost.items():
            if vma.start <= slot << HPAGE_SHIFT < vma.end:
                found.add_stray(reader.kernel, pfn >> _MISREAD)
        return found
    for slot, mask in covered(vma.start, vma.end, vma.mm):
        if reader.splits:
            split_huge_page_pmd(reader.kernel, vma.mm, slot, SplitReason.NUMA_MAPS)
        entry = vma.mm.pmds[slot]
        if isinstance(entry, HugePmd):
            if reader.huge:
                found.add(entry.block, FULL, FULL if entry.dirty else 0)
        else:
            _add_small(reader, found, entry, mask)
    return found


def _add_small(reader: _Reader, found: _Stats, table: PageTable, mask: int) -> None:
    for pages, block, shift in pieces(reader.kernel, table, table.present & mask & ~table.special):
        counted = shifted(pages, shift) & ~(ksm_pages(block) if reader.splits else 0)  # check_pte_range passes them
        if counted:
            found.add(block, counted, shifted(table.dirty & pages, shift))


FILES = (VFile("/proc/PID/numa_maps", _show, exists=lambda kernel: kernel.build.numa),)
