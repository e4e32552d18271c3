"""Whatever happens while locks are traced: nothing stays held, nothing is out of order, and nothing else changes."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.commands.typed import Typed
from thpsh.observe.lock_lint import LockLint

PLACES = ("buf", "buf+1M", "buf+2M", "buf+3M", "buf+6M")
LINES = st.one_of(
    st.builds("touch {} {} {}".format, st.just("app"), st.sampled_from(PLACES), st.sampled_from(["4K", "2M"])),
    st.builds("munmap app {} 1M".format, st.sampled_from(PLACES)),
    st.builds("mprotect app {} 1M {}".format, st.sampled_from(PLACES), st.sampled_from(["r", "rw", "none"])),
    st.builds("madvise app {} 1M {}".format, st.sampled_from(PLACES), st.sampled_from(["dontneed", "nohugepage"])),
    st.builds("mremap app {} 1M 3M".format, st.sampled_from(PLACES)),
    st.builds("mlock app {} 2M".format, st.sampled_from(PLACES)),
    st.builds("pin app {} 64K".format, st.sampled_from(PLACES)),
    st.sampled_from(
        ["tick 10s", "fork app kid", "exit kid", "kill kid", "swapoff", "drain", "brk app 3M", "hog 100M", "reap"]
    ),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(LINES, min_size=5, max_size=25))
def test_locks_balance_and_cost_nothing(lines: list[str]) -> None:
    hosts = [Typed(memory=512 << 20, swap=64 << 20) for _ in range(2)]
    for number, typed in enumerate(hosts):
        typed("cgroup create box 12M; spawn app; cgroup attach box app; mmap app buf 8M")
        if number:
            typed("trace locks on")
        for line in lines:
            typed.run(line)
    plain, traced = hosts
    for path in ("/proc/vmstat", "/proc/meminfo", "/proc/buddyinfo", "/cgroup/box/memory.stat"):
        assert traced(f"cat {path}") == plain(f"cat {path}")
    found = LockLint().read(traced.session.machine.trace.records)
    assert (found.findings, found.held) == ([], [])
