"""The benchmarks and their targets."""

from __future__ import annotations

from thpsh.cli.bench import emulated, khugepaged, process, real
from thpsh.cli.bench.measure import Benchmark


def benchmarks() -> dict[str, Benchmark]:
    """All benchmarks by name, in the order in which they run."""
    rows = (
        Benchmark("touch", "first touch of 3 GiB in 4 KiB pages", emulated.first_touch, real.first_touch, 1 / 200),
        Benchmark("munmap", "munmap of 3 GiB of small pages", emulated.unmap, real.unmap, 1 / 50),
        Benchmark("fork", "fork with 3 GiB of small pages", emulated.fork_it, real.fork_it, 1 / 25),
        Benchmark("random", "200,000 single-page faults at random", emulated.random_faults, real.random_faults, 1.5),
        Benchmark("cow", "copy-on-write of 10 % at random", emulated.copy_on_write, real.copy_on_write, 1.5),
        Benchmark("collapse", "collapse of 3 GiB", khugepaged.collapse, khugepaged.collapse_here, 1 / 50),
        Benchmark("crowd", "10,000 processes with 20 VMAs each", khugepaged.boot_crowd, None, 5.0),
        Benchmark(
            "round",
            "khugepaged's round among 10,000 processes, against 1,000",
            khugepaged.round_among_many,
            khugepaged.round_among_few,
            1.5,
        ),
        Benchmark("boot16t", "boot of a 16 TiB host", emulated.boot_16_tib, None, 0.002),
        Benchmark("snapshot", "a snapshot with 64 GiB mapped", emulated.snapshot, None, 0.05),
        Benchmark("memory", "process memory per emulated GiB", process.memory_per_gib, None, 0.5, "MiB"),
        Benchmark("startup", "thpsh -c 'cat /proc/meminfo'", process.start_up, process.python_start_up, 6.0),
    )
    return {row.name: row for row in rows}
