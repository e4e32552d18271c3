"""memcg: memory cgroups and what they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.commands.words import mm_of, parse_address
from thpsh.errors import UsageError
from thpsh.fs.cgroup.counters import usage
from thpsh.mm.cgroup import all_groups, cgroup_tasks
from thpsh.mm.debug_damage import charge_damage
from thpsh.mm.frames import pieces
from thpsh.mm.memcontrol import used_bits
from thpsh.render.report import Report, show
from thpsh.render.strip import FILLED, bar
from thpsh.render.tree import tree_lines
from thpsh.structs.bits import FULL, shifted
from thpsh.structs.memcg import RES_MAX
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock

_TREE = ("GROUP", "USAGE", "LIMIT", "MAX", "FAILCNT", "RSS", "CACHE", "SWAP", "STOCK", "TASKS")
_BAR = 16  # letters of a bar
_BITS = ("GROUP", "PAGES", "USED")


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", nargs="?", help="a process: who pays for 2 MiB of its memory")
    parser.add_argument("addr", metavar="ADDR", nargs="?", help="where")
    parser.add_argument("--tree", action="store_true", help="the groups as a tree, with bars of what they use")
    json_argument(parser)


def run(call: Call) -> None:
    """Print the groups with their charges in kB, or the Used bits of the pages behind 2 MiB of a process."""
    proc = call.option("proc")
    if call.option("tree"):
        if proc is not None:
            raise UsageError(f"{proc!r}: expected no process with --tree")
        branches = [
            (memcg.path.rstrip("/").count("/"), _branch(call.kernel, memcg)) for memcg in _in_order(call.kernel)
        ]
        for line in tree_lines(branches):
            call.print(line)
        return
    if proc is None:
        rows = [_row(call.kernel, memcg) for memcg in _in_order(call.kernel)]
        report = Report(_TREE, rows, charge_damage(call.kernel), unit="memory in kB")
    elif call.option("addr") is None:
        raise UsageError(f"{proc!r} alone: expected PROC ADDR, or nothing for the list of groups")
    else:
        report = _used(call)
    show(report, call.out, as_json=call.option("json"))


def _in_order(kernel: Kernel) -> list[MemCgroup]:
    return sorted(all_groups(kernel), key=lambda memcg: memcg.path)


def _branch(kernel: Kernel, memcg: MemCgroup) -> str:
    """A group in a line: its share of its limit, or of all memory, as a bar."""
    used = usage(kernel, memcg, swap=False)
    limited = memcg.res.limit != RES_MAX
    most = memcg.res.limit if limited else kernel.totals.total_pages << PAGE_SHIFT
    share = bar(used, most, _BAR) if most else FILLED * _BAR
    tasks = len(cgroup_tasks(kernel, memcg))
    parts = [f"{format_size(used)} of {format_size(most)}" if limited else f"{format_size(used)}, no limit"]
    parts += [f"failcnt {memcg.res.failcnt}"] * bool(memcg.res.failcnt) + [f"{tasks} task{'s'[: tasks != 1]}"]
    return f"{memcg.name or '/'}  [{share}]  {', '.join(parts)}"


def _row(kernel: Kernel, memcg: MemCgroup) -> tuple[str | int, ...]:
    stock = sum(cpu.stock.nr_pages for cpu in kernel.cpus if cpu.stock.cached is memcg)
    stat, res = memcg.stat, memcg.res
    return (
        memcg.path,
        usage(kernel, memcg, swap=False) >> 10,
        "-" if res.limit == RES_MAX else str(res.limit >> 10),
        res.max_usage >> 10,
        res.failcnt,
        stat.rss * 4,
        stat.cache * 4,
        stat.swap * 4,
        stock * 4,
        len(cgroup_tasks(kernel, memcg)),
    )


def _used(call: Call) -> Report:
    """Who is charged for the pages of one slot, and on how many of them the Used bit is set."""
    kernel, task = call.kernel, call.task()
    address = parse_address(task, call.option("addr"))[0]
    entry = mm_of(task).pmds.get(address >> HPAGE_SHIFT)
    found: list[tuple[Pageblock, int]] = []
    if isinstance(entry, HugePmd):
        found = [(entry.block, FULL)]
    elif isinstance(entry, PageTable):
        normal = entry.present & ~entry.special
        found = [(block, shifted(pages, shift)) for pages, block, shift in pieces(kernel, entry, normal)]
    sums: dict[str, list[int]] = {}
    for block, frames in found:
        used = used_bits(kernel, block)
        for owner in block.owners:
            mine = owner.mask & frames
            if mine:
                counts = sums.setdefault(owner.memcg.path if owner.memcg is not None else "-", [0, 0])
                counts[0] += mine.bit_count()
                counts[1] += (mine & used).bit_count()
    huge = ("one huge page: its head stands for all of it",) if isinstance(entry, HugePmd) else ()
    return Report(_BITS, [(path, *counts) for path, counts in sorted(sums.items())], huge)


COMMAND = Command(
    name="memcg",
    group="Views",
    summary="memory cgroups: what they use and may use, in kB",
    example="memcg; memcg app buf",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr"},
    details="With PROC ADDR: who pays for the pages there, and how many Used bits are set.",
)
