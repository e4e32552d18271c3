"""Any sequence of writes, advice, forks, unmaps and scans leaves a host without contradictions, and contents true."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mm.ksm.pages import PAGE, content, counts, mergeable, put, scan
from tests.support import START
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin, unpin
from thpsh.mm.ksm.scan import ksm_scan
from thpsh.mm.ksm.unmerge import set_run
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.mmap import munmap

PAGES = 16
page = st.integers(0, PAGES - 1)
operation = st.one_of(
    st.tuples(st.just("write"), page, st.integers(1, 3)),
    st.tuples(st.just("scan"), st.integers(1, 40)),
    st.tuples(st.just("dontneed"), page, st.integers(1, 4)),
    st.tuples(st.just("unmergeable"), page, st.integers(1, 4)),
    st.tuples(st.just("mergeable"), page, st.integers(1, 4)),
    st.tuples(st.just("unmap"), page),
    st.tuples(st.just("fork")),
    st.tuples(st.just("exit")),
    st.tuples(st.just("pin"), page),
    st.tuples(st.just("unpin")),
    st.tuples(st.just("run"), st.integers(0, 2)),
)


class Model:
    """Contents by process and page, as a program would expect them."""

    def __init__(self, mode):
        self.h = mergeable(PAGES * PAGE, mode)
        self.held = {self.h.task: {}}
        self.mapped = {self.h.task: set(range(PAGES))}

    def do(self, name, *words):
        getattr(self, name)(*words)
        debug_vm(self.h.kernel)
        for task, pages in self.held.items():
            for number, value in pages.items():
                assert content(self.h, number, task) == value

    @property
    def task(self):
        return list(self.held)[-1]

    def write(self, number, value):
        if number in self.mapped[self.task]:
            put(self.h, number, [value], self.task)
            self.held[self.task][number] = value

    def scan(self, pages):
        ksm_scan(self.h.kernel, pages)

    def advise(self, number, length, advice):
        numbers = range(number, min(number + length, PAGES))
        if all(each in self.mapped[self.task] for each in numbers):
            madvise(self.h.kernel, self.task, START + number * PAGE, len(numbers) * PAGE, advice)

    def dontneed(self, number, length):
        self.advise(number, length, Madv.DONTNEED)
        for each in range(number, number + length):
            if all(other in self.mapped[self.task] for other in range(number, min(number + length, PAGES))):
                self.held[self.task].pop(each, None)

    def unmergeable(self, number, length):
        self.advise(number, length, Madv.UNMERGEABLE)

    def mergeable(self, number, length):
        self.advise(number, length, Madv.MERGEABLE)

    def unmap(self, number):
        munmap(self.h.kernel, self.task, START + number * PAGE, PAGE)
        self.mapped[self.task].discard(number)
        self.held[self.task].pop(number, None)

    def fork(self):
        if len(self.held) < 3:
            child = fork(self.h.kernel, self.task, "child")
            self.held[child], self.mapped[child] = dict(self.held[self.task]), set(self.mapped[self.task])

    def exit(self):
        if len(self.held) > 1:
            task = self.task
            del self.held[task], self.mapped[task]
            do_exit(self.h.kernel, task)

    def pin(self, number):
        if number in self.held[self.task]:
            pin(self.h.kernel, self.task, START + number * PAGE, PAGE)

    def unpin(self):
        unpin(self.h.kernel, self.task)

    def run(self, value):
        set_run(self.h.kernel, value)


@settings(max_examples=60, deadline=None)
@given(st.lists(operation, max_size=30))
def test_any_sequence_keeps_contents_and_counters(operations):
    model = Model("never")
    for each in operations:
        model.do(*each)
    set_run(model.h.kernel, 1)
    model.do("run", 2)
    assert counts(model.h) == (0, 0, 0, 0)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1023), st.integers(1, 2)), min_size=1, max_size=6), st.integers(1, 3000))
def test_huge_pages_with_duplicates_are_split_and_keep_their_contents(writes, pages):
    h = mergeable(1024 * PAGE, "always")
    held = {}
    put(h, 0, [number + 10 for number in range(1024)])
    for number, value in writes:
        put(h, number, [value])
        held[number] = value
    ksm_scan(h.kernel, pages)
    scan(h, 3)
    twice = len(held) - len(set(held.values()))
    assert counts(h)[1] == twice
    if twice:
        assert all(content(h, number) == held.get(number, number + 10) for number in held)
    else:
        assert h.slots(1024 * PAGE) == "HH"
