"""debug_vm for memory cgroups: charges and statistics against the pages themselves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.mm.cgroup import all_groups, ghosts
from thpsh.mm.memcontrol import charged_frames
from thpsh.mm.res_counter import ancestors
from thpsh.structs.page import PAGE_SHIFT

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.lru import LruList
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock

_Counts = dict["MemCgroup", list[int]]
"""Pages of each group: anonymous, in the page cache, mapped from there, in stocks."""

_RSS, _CACHE, _MAPPED, _STOCK = range(4)


def check_memcgs(kernel: Kernel) -> None:
    """Raise ModelBug unless usage is what is charged and in stock, and the statistics are sums over the pages."""
    groups, removed = all_groups(kernel), ghosts(kernel)
    counts: _Counts = {memcg: [0, 0, 0, 0] for memcg in (*groups, *removed)}
    _count_pages(kernel, counts)
    _check_swap(kernel, counts)
    _check_orders(kernel)
    for cpu in kernel.cpus:
        if cpu.stock.cached is not None and cpu.stock.nr_pages:
            _of(counts, cpu.stock.cached)[_STOCK] += cpu.stock.nr_pages
    for memcg in counts:
        _check_stat(memcg, counts)
        if memcg.parent is not None:
            _check_usage(memcg, counts)
    waiting = [task.oom_wait for task in kernel.tasks.values() if task.oom_wait is not None]
    for memcg in groups:
        if bool(memcg.under_oom) > any(over.covers(memcg) for over in waiting):
            raise ModelBug(f"memcg {memcg.path}: under OOM, but no task waits for room")
    for task in kernel.tasks.values():
        if task.mm is not None and task.mm.memcg is not task.cgroup:
            raise ModelBug(f"{task.name} is in {task.cgroup.path}, its memory in {task.mm.memcg.path}")


def _check_stat(memcg: MemCgroup, counts: _Counts) -> None:
    found = tuple(counts[memcg][:_STOCK])
    kept = (memcg.stat.rss, memcg.stat.cache, memcg.stat.mapped_file)
    if kept != found:
        raise ModelBug(f"memcg {memcg.path} rss, cache, mapped_file: kept {kept}, recomputed {found}")


def _of(counts: _Counts, memcg: MemCgroup) -> list[int]:
    if memcg not in counts:
        raise ModelBug(f"memcg {memcg.path}: charged, but removed")
    return counts[memcg]


def _count_pages(kernel: Kernel, counts: _Counts) -> None:
    for zone in kernel.zones:
        for block in zone.pageblocks.values():
            if not block.owners:
                continue
            charged = charged_frames(block)
            for owner in block.owners:
                _check_known(owner.memcg, block)
                mine = owner.mask & charged
                if mine and owner.memcg is not None:
                    found = _of(counts, owner.memcg)
                    found[_RSS] += (mine & ~block.cached).bit_count()
                    found[_CACHE] += (mine & block.cached).bit_count()
                    found[_MAPPED] += (mine & block.cached & block.once).bit_count()


def _check_swap(kernel: Kernel, counts: _Counts) -> None:
    """Every group has as many slots as name it (struct swap_cgroup)."""
    slots = Counter(
        memcg
        for device in kernel.swap.devices.values()
        for cluster in device.clusters.values()
        for memcg in cluster.owners.values()
    )
    for memcg in {**counts, **slots}:
        _of(counts, memcg)
        if memcg.stat.swap != slots[memcg]:
            raise ModelBug(f"memcg {memcg.path} swap: kept {memcg.stat.swap}, recomputed {slots[memcg]}")


def _check_orders(kernel: Kernel) -> None:
    for zone in kernel.zones:
        for listed in zone.lruvec.lists:
            _check_order(listed, f"node {zone.node} {zone.kind.label} {listed.kind.name}")


def _check_order(listed: LruList, where: str) -> None:
    """Stamps are those of entries that are on the list, grow along it but for late ones, and none is missing below."""
    entries = list(listed.from_oldest())
    have = [entry for entry in entries if entry in listed.stamps or entry in listed.late]
    if len(have) != len(listed.stamps) + len(listed.late) or entries[: len(have)] != have:
        raise ModelBug(f"{where}: {len(listed.stamps)} + {len(listed.late)} stamps, for {len(have)} of the entries")
    stamps = [listed.floor, *(listed.stamps[entry] for entry in have if entry in listed.stamps), listed.stamp]
    if stamps != sorted(stamps) or any(stamp > listed.stamp for stamp in listed.late.values()):
        raise ModelBug(f"{where}: stamps are not in order")


def _check_known(memcg: MemCgroup | None, block: Pageblock) -> None:
    if memcg is None or memcg.parent is None:
        return
    if block.index not in memcg.blocks.get((block.zone.node, block.zone.kind), ()):
        raise ModelBug(f"memcg {memcg.path} does not know pageblock {block.index:#x}, where it has pages")


def _check_usage(memcg: MemCgroup, counts: _Counts) -> None:
    used = swapped = 0
    for each, (rss, cache, _, stock) in counts.items():
        if memcg.res in ancestors(each.res):
            used += rss + cache + stock + each.leaked
            swapped += each.stat.swap
    kept = (memcg.res.usage >> PAGE_SHIFT, memcg.memsw.usage >> PAGE_SHIFT)
    if kept != (used, used + swapped):
        raise ModelBug(f"memcg {memcg.path} usage, with swap: kept {kept}, recomputed {used, used + swapped} pages")
