"""What the kernel log says at the end of memory; formats and numbers by hand from the log of a real 3.0.1."""

import re

from tests.support import START, M, host, touch
from thpsh.mm.fault import TouchMode
from thpsh.mm.oom_report import dump_header, show_mem
from thpsh.structs.config import BuildConfig

ORDER = (
    r"app invoked oom-killer: gfp_mask=0x280da, order=0, oom_adj=4, oom_score_adj=300",
    r"app cpuset=/ mems_allowed=0",
    r"Pid: \d+, comm: app Not tainted 3\.0\.0",
    r"Call Trace:",
    r"Mem-Info:",
    r"Node 0 DMA per-cpu:",
    r"CPU    0: hi:    0, btch:   1 usd:   0",
    r"Node 0 DMA32 per-cpu:",
    r"CPU    0: hi:  186, btch:  31 usd: +\d+",
    r"active_anon:\d+ inactive_anon:\d+ isolated_anon:0",
    r" active_file:\d+ inactive_file:\d+ isolated_file:0",
    r" unevictable:0 dirty:0 writeback:0 unstable:0",
    r" free:\d+ slab_reclaimable:241 slab_unreclaimable:309",
    r" mapped:\d+ shmem:0 pagetables:\d+ bounce:0",
    r"Node 0 DMA free:\d+kB min:776kB low:968kB high:1164kB active_anon:.* present:15700kB .* all_unreclaimable\? no",
    r"lowmem_reserve\[\]: 0 615 615 615",
    r"Node 0 DMA32 free:\d+kB min:31268kB low:39084kB high:46900kB .* present:630112kB mlocked:0kB .*",
    r"lowmem_reserve\[\]: 0 0 0 0",
    r"Node 0 DMA: \d+\*4kB .* \d+\*4096kB = \d+kB",
    r"Node 0 DMA32: \d+\*4kB \d+\*8kB .* = \d+kB",
    r"\d+ total pagecache pages",
    r"0 pages in swap cache",
    r"Swap cache stats: add 0, delete 0, find 0/0",
    r"Free swap  = 0kB",
    r"Total swap = 0kB",
    r"163792 pages RAM",
    r"\d+ pages reserved",
    r"\d+ pages shared",
    r"\d+ pages non-shared",
    r"\[ pid \]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name",
    r"\[  100\]     0   100 +\d+ +\d+   0       4           300 app",
)


def recorded():
    """The machine of the recorded log."""
    h = host(memory=640 * M)
    h.task.oom_adj, h.task.oom_score_adj = 4, 300
    return h


def test_the_log_has_the_lines_of_the_real_one_in_their_order():
    h = recorded()
    before = len(h.machine.dmesg.lines)
    dump_header(h.kernel, h.task, 0x280DA, 0)
    lines = [text for _, text in h.machine.dmesg.lines[before:]]
    assert len(lines) == len(ORDER)
    for line, expected in zip(lines, ORDER, strict=True):
        assert re.fullmatch(expected, line), (line, expected)


def test_a_line_for_each_free_order_adds_up():
    h = recorded()
    line = next(text for text in show_mem(h.kernel) if text.startswith("Node 0 DMA32: "))
    parts, total = line.removeprefix("Node 0 DMA32: ").split(" = ")
    kb = sum(int(number) * int(size.removesuffix("kB")) for number, size in (part.split("*") for part in parts.split()))
    assert total == f"{kb}kB"
    assert kb == h.kernel.zones[-1].free * 4


def test_touched_memory_is_non_shared():
    h = recorded()

    def unshared():
        return int(show_mem(h.kernel)[-1].split()[0])

    h.enabled("never")
    h.map(8 * M)
    before = unshared()
    touch(h.kernel, h.task, START, 8 * M, TouchMode())
    assert unshared() == before + 2048 + 6  # the pages, their four page tables, two upper levels


def test_the_tasks_are_left_out_if_that_is_wanted():
    h = recorded()
    h.kernel.sysctl.oom_dump_tasks = 0
    before = len(h.machine.dmesg.lines)
    dump_header(h.kernel, h.task, 0x280DA, 0)
    assert len(h.machine.dmesg.lines) - before == len(ORDER) - 2


def test_what_there_is_to_say_of_a_group_comes_after_the_trace():
    h = recorded()
    before = len(h.machine.dmesg.lines)
    dump_header(h.kernel, h.task, 0xD0, 0, "Task in /g killed as a result of limit of /g\nmemory: usage 4096kB")
    lines = [text for _, text in h.machine.dmesg.lines[before:]]
    assert lines[4:7] == ["Task in /g killed as a result of limit of /g", "memory: usage 4096kB", "Mem-Info:"]


def test_a_kernel_without_nodes_names_none():
    h = host(memory=640 * M, build=BuildConfig(numa=False))
    assert not any("Node" in line for line in show_mem(h.kernel))
    assert any(line.startswith("DMA32 free:") for line in show_mem(h.kernel))
