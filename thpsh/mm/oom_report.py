"""What the kernel log says when memory has ended (mm/oom_kill.c: dump_header; mm/page_alloc.c: show_free_areas)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.page import MAX_ORDER, Lru
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task
    from thpsh.structs.zone import Zone

_KB = 4
_STACK_KB = 8
_TASKS = "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name"


def dump_header(
    kernel: Kernel, current: Task, gfp: int, order: int, group: str = "", members: list[Task] | None = None
) -> None:
    """Say who asked for memory and what it was for, what memory looks like, and who has it.

    `group`: what there is to say about the memory cgroup whose limit was met; `members`: the tasks in it.
    """
    nodes = f"0-{len(kernel.nodes) - 1}" if len(kernel.nodes) > 1 else "0"
    tainted = "Tainted: G    B" if kernel.totals.tainted else "Not tainted"
    lines = [
        f"{current.name} invoked oom-killer: gfp_mask=0x{gfp:x}, order={order}, "
        f"oom_adj={current.oom_adj}, oom_score_adj={current.oom_score_adj}",
        f"{current.name} cpuset=/ mems_allowed={nodes}",
        f"Pid: {current.pid}, comm: {current.name} {tainted} {kernel.release}",
        "Call Trace:",
    ]
    lines += group.splitlines()
    lines += show_mem(kernel)
    if kernel.sysctl.oom_dump_tasks:
        lines += _dump_tasks(list(kernel.tasks.values()) if members is None else members)
    kernel.trace.emit(Printk("\n".join(lines)))


def _dump_tasks(tasks: list[Task]) -> list[str]:
    """The processes that could be killed, or are exempt by their score."""
    lines = [_TASKS]
    for task in tasks:
        mm = task.mm
        if mm is not None and task.pid != 1 and not task.dead:
            lines.append(
                f"[{task.pid:5d}] {0:5d} {task.pid:5d} {mm.total_vm:8d} {mm.seen_rss:8d} {task.cpu:3d}     "
                f"{task.oom_adj:3d}         {task.oom_score_adj:5d} {task.name}"
            )
    return lines


def show_mem(kernel: Kernel) -> list[str]:
    """Free and used memory by zone, and what pages there are (show_mem)."""
    lines = ["Mem-Info:"]
    for zone in kernel.zones:
        lines.append(f"{_name(kernel, zone)} per-cpu:")
        for cpu, pcp in enumerate(zone.pcp):
            lines.append(f"CPU {cpu:4d}: hi:{pcp.high:5d}, btch:{pcp.batch:4d} usd:{pcp.count:4d}")
    lines += _totals(kernel)
    for zone in kernel.zones:
        lines.append(_zone_line(kernel, zone))
        lines.append("lowmem_reserve[]: " + " ".join(str(pages) for pages in zone.lowmem_reserve))
    lines += [_free_blocks(kernel, zone) for zone in kernel.zones]
    swap = kernel.swap
    lines += [
        f"{sum(zone.stat.nr_file_pages for zone in kernel.zones)} total pagecache pages",
        f"{swap.cached} pages in swap cache",
        f"Swap cache stats: add {swap.add_total}, delete {swap.del_total}, find {swap.find_success}/{swap.find_total}",
        f"Free swap  = {swap.free * _KB}kB",
        f"Total swap = {swap.total * _KB}kB",
    ]
    return lines + _pages(kernel)


def _totals(kernel: Kernel) -> list[str]:
    zones = kernel.zones
    lru = {kind: sum(zone.lruvec.lists[kind].nr_pages for zone in zones) for kind in Lru}

    def total(name: str) -> int:
        return sum(getattr(zone.stat, name) for zone in zones)

    return [
        f"active_anon:{lru[Lru.ACTIVE_ANON]} inactive_anon:{lru[Lru.INACTIVE_ANON]} isolated_anon:0",
        f" active_file:{lru[Lru.ACTIVE_FILE]} inactive_file:{lru[Lru.INACTIVE_FILE]} isolated_file:0",
        f" unevictable:{lru[Lru.UNEVICTABLE]} dirty:{total('nr_dirty')} writeback:{total('nr_writeback')} unstable:0",
        f" free:{sum(zone.free for zone in zones)} slab_reclaimable:{total('nr_slab_reclaimable')} "
        f"slab_unreclaimable:{total('nr_slab_unreclaimable')}",
        f" mapped:{total('nr_mapped')} shmem:{total('nr_shmem')} pagetables:{total('nr_page_table_pages')} bounce:0",
    ]


def _name(kernel: Kernel, zone: Zone) -> str:
    """A zone with its node, if the kernel knows of nodes (show_node)."""
    return f"Node {zone.node} {zone.kind.label}" if kernel.build.numa else zone.kind.label


def _zone_line(kernel: Kernel, zone: Zone) -> str:
    lists, stat = zone.lruvec.lists, zone.stat
    pages = {
        "free": zone.free, "min": zone.min_wmark, "low": zone.low_wmark, "high": zone.high_wmark,
        "active_anon": lists[Lru.ACTIVE_ANON].nr_pages, "inactive_anon": lists[Lru.INACTIVE_ANON].nr_pages,
        "active_file": lists[Lru.ACTIVE_FILE].nr_pages, "inactive_file": lists[Lru.INACTIVE_FILE].nr_pages,
        "unevictable": lists[Lru.UNEVICTABLE].nr_pages, "isolated(anon)": 0, "isolated(file)": 0,
        "present": zone.present, "mlocked": max(0, stat.nr_mlock), "dirty": stat.nr_dirty,
        "writeback": stat.nr_writeback, "mapped": stat.nr_mapped, "shmem": stat.nr_shmem,
        "slab_reclaimable": stat.nr_slab_reclaimable, "slab_unreclaimable": stat.nr_slab_unreclaimable,
    }  # fmt: skip
    sizes = "".join(f" {name}:{number * _KB}kB" for name, number in pages.items())
    return (
        f"{_name(kernel, zone)}{sizes} kernel_stack:{stat.nr_kernel_stack * _STACK_KB}kB "
        f"pagetables:{stat.nr_page_table_pages * _KB}kB unstable:0kB bounce:0kB writeback_tmp:0kB "
        f"pages_scanned:{zone.pages_scanned} all_unreclaimable? {'yes' if zone.all_unreclaimable else 'no'}"
    )


def _free_blocks(kernel: Kernel, zone: Zone) -> str:
    """The free blocks of each order, as in /proc/buddyinfo."""
    numbers = [sum(listed.nr for listed in zone.area.lists[order]) for order in range(MAX_ORDER)]
    text = " ".join(f"{number}*{_KB << order}kB" for order, number in enumerate(numbers))
    total = sum(number * (_KB << order) for order, number in enumerate(numbers))
    return f"{_name(kernel, zone)}: {text} = {total}kB"


def _pages(kernel: Kernel) -> list[str]:
    """All pages by the number of their users."""
    present = sum(zone.spanned for zone in kernel.zones)  # holes included
    managed = sum(zone.managed for zone in kernel.zones)
    shared = single = 0
    for zone in kernel.zones:
        single += sum(last - first for first, last in zone.held)
        for block in zone.pageblocks.values():
            more, one = _users(block)
            shared += more
            single += one
    return [
        f"{present} pages RAM",
        f"{present - managed} pages reserved",
        f"{shared} pages shared",
        f"{single} pages non-shared",
    ]


def _users(block: Pageblock) -> tuple[int, int]:
    """References beyond the first, of all frames together, and the number of frames with one."""
    if block.huge:
        return (block.huge_mapcount - 1, 0) if block.huge_mapcount > 1 else (0, 1)
    maps = block.once.bit_count() + block.twice.bit_count()
    maps += sum(plane.bit_count() << k for k, plane in enumerate(block.planes))
    cached = block.cached
    used = (block.once | cached).bit_count()
    several = (block.twice | block.once & cached).bit_count()
    kernel_pages = (block.kernel | block.tables).bit_count()
    return maps + cached.bit_count() - used, used - several + kernel_pages
