"""Whole processes measured from outside: start-up and memory."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import tempfile
from time import perf_counter
from typing import Final

from thpsh.cli.bench.measure import Sample

MEASURED_GIB: Final = 64
_MEMORY: Final = f"""
from thpsh.boot import MachineSpec, boot
from thpsh.cli.bench.process import map_uniformly, resident
machine = boot(MachineSpec(memory=128 << 30))
map_uniformly(machine, 1 << 30)
before = resident()
map_uniformly(machine, {MEASURED_GIB} << 30)
print(resident() - before)
"""


def _run(code: str) -> float:
    """Seconds that a Python process takes to run some code; modules are compiled beforehand, as by an installer."""
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        spent = 0.0
        for _ in range(2):
            begin = perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=environment)
            spent = perf_counter() - begin
        return spent


def start_up() -> Sample:
    """`thpsh -c 'cat /proc/meminfo'` from start to end, as the installed script does it."""
    code = "import sys; from thpsh.cli.main import console; sys.argv[1:] = ['-c', 'cat /proc/meminfo']; console()"
    return Sample(_run(code))


def python_start_up() -> Sample:
    """`python3 -c pass` from start to end."""
    return Sample(_run("pass"))


def memory_per_gib() -> Sample:
    """MiB of process memory for each emulated GiB of small pages."""
    done = subprocess.run([sys.executable, "-c", _MEMORY], check=True, capture_output=True, text=True)
    return Sample(int(done.stdout) / (1 << 20) / MEASURED_GIB)


def resident() -> int:
    """Bytes of memory this process has (Linux)."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * mmap.PAGESIZE


def map_uniformly(machine: object, size: int) -> None:
    """Map and touch so many bytes as small pages (called in a process of its own)."""
    from thpsh.machine import Machine
    from thpsh.mm.exec import spawn
    from thpsh.mm.fault import TouchMode, touch
    from thpsh.mm.madvise import madvise
    from thpsh.mm.mman import Madv, Map, Prot
    from thpsh.mm.mmap import MapRequest
    from thpsh.mm.mmap import mmap as do_mmap

    assert isinstance(machine, Machine)
    kernel = machine.kernel
    task = spawn(kernel, "bench", kernel.tasks[1], 0)
    start = do_mmap(kernel, task, MapRequest(0, size, Prot.READ | Prot.WRITE, Map.PRIVATE | Map.ANONYMOUS))
    madvise(kernel, task, start, size, Madv.NOHUGEPAGE)
    touch(kernel, task, start, size, TouchMode())
    machine.finish()
