"""Random operations of several processes; after each, debug_vm recomputes the whole host."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support import START, K, M, host
from thpsh.boot import start_process
from thpsh.errors import KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit, reap
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin, unpin
from thpsh.mm.madvise import madvise
from thpsh.mm.mincore import mincore
from thpsh.mm.mlock import mlock, munlock
from thpsh.mm.mman import Madv, Map, Mremap, Prot
from thpsh.mm.mmap import brk, mmap, munmap
from thpsh.mm.mmap_region import MapRequest
from thpsh.mm.mprotect import mprotect
from thpsh.mm.mremap import RemapRequest, mremap
from thpsh.mm.page_alloc import OutOfMemory, drain_all_pages
from thpsh.mm.pagevec import lru_add_drain_all

SPAN = 16 * M
pages = st.integers(0, SPAN // (4 * K) - 1).map(lambda page: page * 4 * K)
round_pages = st.sampled_from([0, M, 2 * M, 3 * M, 4 * M, 6 * M, 8 * M, 10 * M])
starts = st.one_of(round_pages, pages).map(lambda offset: START + offset)
lengths = st.sampled_from([4 * K, 64 * K, M, 2 * M, 2 * M + 4 * K, 4 * M, 6 * M])
who = st.integers(0, 5)
ADVICE = (Madv.HUGEPAGE, Madv.NOHUGEPAGE, Madv.DONTNEED, Madv.WILLNEED, Madv.MERGEABLE, Madv.DONTFORK, Madv.DOFORK)


class Operations(RuleBasedStateMachine):
    """A small machine on which up to six processes do everything they can."""

    @initialize(mode=st.sampled_from(["always", "madvise", "never"]), drained=st.booleans(), cpus=st.integers(1, 2))
    def boot(self, mode: str, drained: bool, cpus: int) -> None:
        self.host = host(memory=512 * M, cpus=cpus, drained=drained)
        self.kernel = self.host.kernel
        self.host.enabled(mode)
        self.tasks = [self.host.task]
        self.call(mmap, self.host.task, MapRequest(START, SPAN, flags=Map.PRIVATE | Map.ANONYMOUS | Map.FIXED))

    def call(self, function: Any, *args: Any, **more: Any) -> None:
        """Do a system call; every errno is a fine answer."""
        with suppress(KernelError, OutOfMemory):
            function(self.kernel, *args, **more)
        self.tasks = [task for task in self.tasks if not task.dead]
        if not self.tasks:
            reap(self.kernel)
            self.tasks.append(start_process(self.host.machine, "again"))

    def task(self, number: int) -> Any:
        """One of the living."""
        return self.tasks[number % len(self.tasks)]

    @rule(who=who, start=starts, length=lengths, write=st.booleans(), step=st.sampled_from([4 * K, 64 * K, 2 * M]))
    def touch(self, who: int, start: int, length: int, write: bool, step: int) -> None:
        self.call(touch, self.task(who), start, length, TouchMode(write, step))

    @rule(who=who, start=starts, length=lengths, count=st.integers(1, 300))
    def touch_random(self, who: int, start: int, length: int, count: int) -> None:
        self.call(touch, self.task(who), start, length, TouchMode(random=count))

    @rule(who=who, start=starts, length=lengths, shared=st.booleans(), locked=st.booleans(), fixed=st.booleans())
    def mmap(self, who: int, start: int, length: int, shared: bool, locked: bool, fixed: bool) -> None:
        flags = Map.ANONYMOUS | (Map.SHARED if shared else Map.PRIVATE)
        flags |= (Map.LOCKED if locked else 0) | (Map.FIXED if fixed else 0)
        self.call(mmap, self.task(who), MapRequest(start, length, flags=flags))

    @rule(who=who, start=starts, length=lengths)
    def munmap(self, who: int, start: int, length: int) -> None:
        self.call(munmap, self.task(who), start, length)

    @rule(who=who, start=starts, length=lengths, prot=st.sampled_from([Prot.NONE, Prot.READ, Prot.READ | Prot.WRITE]))
    def mprotect(self, who: int, start: int, length: int, prot: int) -> None:
        self.call(mprotect, self.task(who), start, length, prot)

    @rule(who=who, start=starts, length=lengths, advice=st.sampled_from(ADVICE))
    def madvise(self, who: int, start: int, length: int, advice: int) -> None:
        self.call(madvise, self.task(who), start, length, advice)

    @rule(who=who, old=starts, old_len=lengths, new_len=lengths, to=starts, fixed=st.booleans())
    def mremap(self, who: int, old: int, old_len: int, new_len: int, to: int, fixed: bool) -> None:
        flags = Mremap.MAYMOVE | (Mremap.FIXED if fixed else 0)
        self.call(mremap, self.task(who), RemapRequest(old, old_len, new_len, flags, to))

    @rule(who=who, start=starts, length=lengths, lock=st.booleans())
    def mlock(self, who: int, start: int, length: int, lock: bool) -> None:
        self.call(mlock if lock else munlock, self.task(who), start, length)

    @rule(who=who, start=starts, length=lengths)
    def mincore(self, who: int, start: int, length: int) -> None:
        self.call(mincore, self.task(who), start, length)

    @rule(who=who, pages=st.integers(0, 2000))
    def brk(self, who: int, pages: int) -> None:
        self.call(brk, self.task(who), 0x420000 + pages * 4 * K)

    @rule(who=who, start=starts, length=lengths, write=st.booleans())
    def pin(self, who: int, start: int, length: int, write: bool) -> None:
        self.call(pin, self.task(who), start, length, write=write)

    @rule(who=who)
    def unpin(self, who: int) -> None:
        self.call(unpin, self.task(who))

    @precondition(lambda self: len(self.tasks) < 6)
    @rule(who=who)
    def fork(self, who: int) -> None:
        with suppress(KernelError):  # EINTR: it was killed for lack of memory itself
            self.tasks.append(fork(self.kernel, self.task(who), "child"))

    @rule(who=who)
    def exit(self, who: int) -> None:
        self.call(do_exit, self.task(who))

    @rule(mode=st.sampled_from(["always", "madvise", "never"]))
    def enabled(self, mode: str) -> None:
        self.host.enabled(mode)

    @rule()
    def drain(self) -> None:
        lru_add_drain_all(self.kernel)
        drain_all_pages(self.kernel)

    @invariant()
    def nothing_contradicts(self) -> None:
        if hasattr(self, "kernel"):
            debug_vm(self.kernel)


TestOperations = Operations.TestCase
TestOperations.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
