"""Random sequences in which processes change groups, groups have limits, and memory is swapped; debug_vm after each."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import Any

import pytest

from tests.support import START, K, M, host
from thpsh.boot import start_process
from thpsh.errors import KernelError
from thpsh.mm.cgroup import all_groups, cgroup_create, cgroup_rmdir
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit, reap
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.mm.kthreads import pass_time
from thpsh.mm.madvise import madvise
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.memcg_limit import resize_limit, resize_memsw_limit
from thpsh.mm.memcg_move import force_empty
from thpsh.mm.mlock import mlock, munlock
from thpsh.mm.mman import Madv, Map
from thpsh.mm.mmap import mmap, munmap
from thpsh.mm.mmap_region import MapRequest
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.swapon import swapon
from thpsh.structs.memcg import RES_MAX

SPAN = 16 * M
STEPS = 60


class Sequence:
    """A host that a stream of random numbers drives."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.host = host(memory=512 * M, cpus=self.rng.choice((1, 2)), drained=self.rng.random() < 0.5)
        self.kernel = self.host.kernel
        self.host.enabled(self.rng.choice(("always", "never")))
        if self.rng.random() < 0.7:
            swapon(self.kernel, self.rng.choice((1, 4, 16)) * M)
        self.names = iter(f"g{number}" for number in range(1000))
        self.mapped(self.host.task)

    def mapped(self, task: Any) -> None:
        mmap(self.kernel, task, MapRequest(START, SPAN, flags=Map.PRIVATE | Map.ANONYMOUS | Map.FIXED))
        mmap(self.kernel, task, MapRequest(START + SPAN, 4 * M, flags=Map.SHARED | Map.ANONYMOUS | Map.FIXED))

    def task(self) -> Any:
        living = [
            task for task in self.kernel.tasks.values() if task.mm is not None and task.pid > 1 and not task.oom_wait
        ]
        if not living:
            reap(self.kernel)
            living = [start_process(self.host.machine, "again")]
            self.mapped(living[0])
        return self.rng.choice(living)

    def group(self) -> Any:
        return self.rng.choice(all_groups(self.kernel))

    def below(self) -> Any:
        return self.rng.choice(
            all_groups(self.kernel)[1:] or [cgroup_create(self.kernel, self.group(), next(self.names))]
        )

    def span(self) -> tuple[int, int]:
        length = self.rng.choice((4 * K, 64 * K, 1 * M, 2 * M, 4 * M, 6 * M))
        start = self.rng.randrange(0, SPAN + 4 * M, self.rng.choice((4 * K, 2 * M)))
        return START + start, length

    def limit(self) -> int:
        return self.rng.choice((0, 128 * K, 1 * M, 2 * M, 3 * M, 6 * M, RES_MAX))

    def step(self) -> None:
        actions = (
            *(self.touch,) * 6, *(self.attach,) * 2, self.create, self.remove, self.set_limit, self.set_limit,
            self.set_memsw, self.empty, self.flags, self.fork, self.give_back, self.unmap, self.lock, self.exit,
            self.drain, self.tick,
        )  # fmt: skip
        with suppress(KernelError, OutOfMemory):
            self.rng.choice(actions)()
        self.host.machine.finish()

    def touch(self) -> None:
        touch(self.kernel, self.task(), *self.span(), TouchMode(write=self.rng.random() < 0.8))

    def attach(self) -> None:
        cgroup_attach(self.kernel, self.group(), self.task())

    def create(self) -> None:
        cgroup_create(self.kernel, self.group(), next(self.names))

    def remove(self) -> None:
        cgroup_rmdir(self.kernel, self.group())

    def set_limit(self) -> None:
        resize_limit(self.kernel, self.below(), self.limit())

    def set_memsw(self) -> None:
        resize_memsw_limit(self.kernel, self.below(), self.limit())

    def empty(self) -> None:
        force_empty(self.kernel, self.group(), reclaim=self.rng.random() < 0.5)

    def flags(self) -> None:
        memcg = self.below()
        memcg.move_charge = self.rng.randrange(4)
        memcg.oom_kill_disable = self.rng.random() < 0.3
        if not memcg.children and memcg.parent is not None and not memcg.parent.use_hierarchy:
            memcg.use_hierarchy = self.rng.random() < 0.6

    def fork(self) -> None:
        if len(self.kernel.tasks) < 14:
            fork(self.kernel, self.task(), "child")

    def give_back(self) -> None:
        madvise(self.kernel, self.task(), *self.span(), Madv.DONTNEED)

    def unmap(self) -> None:
        munmap(self.kernel, self.task(), *self.span())

    def lock(self) -> None:
        (mlock if self.rng.random() < 0.5 else munlock)(self.kernel, self.task(), *self.span())

    def exit(self) -> None:
        do_exit(self.kernel, self.task())

    def drain(self) -> None:
        lru_add_drain_all(self.kernel)

    def tick(self) -> None:
        pass_time(self.kernel, 15 * 10**9)


@pytest.mark.parametrize("seed", range(12))
def test_charges_agree_with_pages_after_every_step(seed: int) -> None:
    sequence = Sequence(seed)
    for _ in range(STEPS):
        sequence.step()
        debug_vm(sequence.kernel)
