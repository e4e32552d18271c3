"""Memory errors, merging, guests and pins among ordinary calls: no sequence leaves a contradiction."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mm.layout import RW, placed
from tests.support import START, K, M
from thpsh.errors import KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.fork import fork
from thpsh.mm.freezer import freeze_processes, thaw_processes
from thpsh.mm.guest import guest_access
from thpsh.mm.gup import pin, unpin
from thpsh.mm.ksm.unmerge import set_run
from thpsh.mm.kthreads import pass_time
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock, munlock
from thpsh.mm.mman import Madv, Mremap, Prot
from thpsh.mm.mmap import munmap
from thpsh.mm.mprotect import mprotect
from thpsh.mm.mremap import RemapRequest, mremap
from thpsh.mm.pagevec import lru_add_drain_all

SIZE = 4 * M
PAGE = 4 * K
offset = st.one_of(st.sampled_from([0, 1, 511, 512, 600, 1023]), st.integers(0, 1023)).map(lambda page: page * PAGE)
length = st.sampled_from([PAGE, 2 * PAGE, 64 * K, 2 * M, SIZE])
advice = st.sampled_from(
    [Madv.HWPOISON, Madv.HWPOISON, Madv.SOFT_OFFLINE, Madv.MERGEABLE, Madv.UNMERGEABLE, Madv.DONTNEED, Madv.HUGEPAGE,
     Madv.NOHUGEPAGE]
)  # fmt: skip
step = st.one_of(
    st.tuples(st.just("touch"), offset, length, st.booleans(), st.integers(0, 2)),
    st.tuples(st.just("advise"), offset, st.sampled_from([PAGE, 2 * PAGE, 64 * K]), advice),
    st.tuples(st.just("advise_all"), advice.filter(lambda each: each not in (Madv.HWPOISON, Madv.SOFT_OFFLINE))),
    st.tuples(st.just("fork")),
    st.tuples(st.just("exit")),
    st.tuples(st.just("pin"), offset),
    st.tuples(st.just("unpin")),
    st.tuples(st.just("guest"), offset, length),
    st.tuples(st.just("unmap"), offset, st.sampled_from([PAGE, 64 * K, 2 * M])),
    st.tuples(st.just("protect"), offset, length, st.sampled_from([RW, Prot.READ])),
    st.tuples(st.just("move"), offset, st.sampled_from([PAGE, 64 * K, 2 * M])),
    st.tuples(st.just("lock"), offset, length, st.booleans()),
    st.tuples(st.just("drain")),
    st.tuples(st.just("ksm"), st.integers(0, 2)),
    st.tuples(st.just("tick"), st.sampled_from([20, 100, 11_000])),
    st.tuples(st.just("freeze"), st.booleans()),
)


class Host:
    """Processes that share some memory, the last one acting."""

    def __init__(self):
        self.h = placed(SIZE)
        self.kernel = self.h.kernel
        self.tasks = [self.h.task]
        self.kernel.ksm.pages_to_scan = 700

    @property
    def task(self):
        return self.tasks[-1]

    def touch(self, at, size, write, value):
        touch(self.kernel, self.task, START + at, size, TouchMode(write=write, value=value, caught=True))

    def advise(self, at, size, what):
        madvise(self.kernel, self.task, START + at, size, what)

    def advise_all(self, what):
        madvise(self.kernel, self.task, START, SIZE, what)

    def fork(self):
        if len(self.tasks) < 3:
            self.tasks.append(fork(self.kernel, self.task, "child"))

    def exit(self):
        if len(self.tasks) > 1:
            do_exit(self.kernel, self.tasks.pop())

    def pin(self, at):
        pin(self.kernel, self.task, START + at, 2 * PAGE)

    def unpin(self):
        unpin(self.kernel, self.task)

    def guest(self, at, size):
        guest_access(self.kernel, self.task, START + at, size)

    def unmap(self, at, size):
        munmap(self.kernel, self.task, START + at, size)

    def protect(self, at, size, prot):
        mprotect(self.kernel, self.task, START + at, size, prot)

    def move(self, at, size):
        target = START + (1 << 32) + at
        mremap(self.kernel, self.task, RemapRequest(START + at, size, size, Mremap.MAYMOVE | Mremap.FIXED, target))

    def lock(self, at, size, on):
        (mlock if on else munlock)(self.kernel, self.task, START + at, size)

    def drain(self):
        lru_add_drain_all(self.kernel)

    def ksm(self, value):
        set_run(self.kernel, value)

    def tick(self, milliseconds):
        pass_time(self.kernel, milliseconds * 10**6)

    def freeze(self, on):
        (freeze_processes if on else thaw_processes)(self.kernel)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(step, min_size=8, max_size=30))
def test_no_sequence_leaves_a_contradiction(steps):
    host = Host()
    for name, *words in steps:
        with suppress(KernelError):
            getattr(host, name)(*words)
        debug_vm(host.kernel)
    for task in host.tasks:
        do_exit(host.kernel, task)
        debug_vm(host.kernel)
