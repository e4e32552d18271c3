"""help history quit say mark expect fails run; and what a session does with errors."""

import json

import pytest

from tests.commands.typed import Typed, with_app
from thpsh.cli.host_files import HostFiles
from thpsh.commands import registry
from thpsh.errors import ModelBug


@pytest.mark.parametrize("name", [name for name in registry.names() if name not in ("fails", "run", "quit", "exit")])
def test_every_example_works_as_typed(name):
    t = with_app()
    t.session.host_files = HostFiles()
    if name == "munlock":
        t("mlock app buf 64K")
    t(registry.find(name).example)


def test_fails_and_exit_examples_work():
    t = with_app()
    t(registry.find("fails").example)
    t(registry.find("exit").example)
    t("quit")
    assert t.session.leaving


def test_a_mistake_of_ours_is_no_traceback(monkeypatch):
    t = Typed()

    def broken(_kernel):
        raise ModelBug("kept 1, recomputed 2")

    monkeypatch.setattr("thpsh.commands.debug_vm.debug_vm", broken)
    assert t.fails("debug_vm") == "debug_vm: internal contradiction: kept 1, recomputed 2\n"


def test_programs_of_the_host_are_out_of_reach():
    t = Typed()
    assert "--host-pipes" in t.fails("cat /proc/version | python3 -c 1", 2)
    assert "command not found" in t.fails("rm -rf /", 127)


BAD = ("touch app buf \x07", "echo 'open", "touch app buf-99T", "\x00", "| cat", "for", "echo " + "x" * 1_000_000)


@pytest.mark.parametrize("line", BAD, ids=range(len(BAD)))
def test_bad_lines_never_raise(line):
    with_app().run(line)


ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    "line",
    ["touch app {}", "touch app buf+{}", "madvise app buf 4K {}", "tick {}", "mmap app x {}", "vmstat 1s {}"],
)
def test_endless_numbers_are_refused_by_name(line):
    assert ENDLESS in with_app().fails(line.format(ENDLESS), 2)


VIEWS = (
    "maps app", "slots app buf", "pagetable app buf", "phys", "buddy", "zones", "lru", "free", "vmstat", "numastat",
    "trace show", "khugepaged", "ps",
)  # fmt: skip


def test_nothing_can_be_created():
    t = Typed()
    assert "Permission denied (EACCES)" in t.fails("echo a > /proc/new")
    assert "Permission denied (EACCES)" in t.fails("echo 1 > /proc/meminfo")
    assert "(ENOENT)" in t.fails("echo a > /tmp/x")
    assert "(EISDIR)" in t.fails("echo a > /proc/sys")


def test_tee_says_why_a_file_refused():
    t = Typed()
    status, out, err = t.run("echo a | tee /proc/x")
    assert (status, out) == (1, "a\n")
    assert (
        err == "tee: /proc/x: Permission denied (EACCES)\n    /proc/x does not exist, and nothing can be created here\n"
    )


@pytest.mark.parametrize("line", VIEWS)
def test_every_view_speaks_json(line):
    assert "rows" in json.loads(with_app()(f"{line} --json"))


ACTS = (
    "munmap app buf", "madvise app buf nohugepage", "mprotect app buf 4M r", "mlock app buf", "munlock app buf",
    "mincore app buf", "fork app kid", "exit app", "kill app", "pin app buf", "unpin app", "brk app 4M", "exec app",
    "drain", "mremap app buf 16M 32M", "touch app buf", "touch app buf --read", "spawn x", "cat /proc/meminfo",
    "grep Mem /proc/meminfo", "echo 5 > /proc/sys/vm/nr_hugepages", "echo 1 | tee /proc/sys/vm/panic_on_oom",
    "sysctl vm.swappiness", "sysctl vm.swappiness=10", "fragment 10", "compact",
)  # fmt: skip


@pytest.mark.parametrize("line", ACTS)
def test_whatever_a_host_does_takes_it_time(line):
    t = with_app()
    t("touch app buf")
    clock = t.session.machine.kernel.clock
    before = clock.now
    t(line)
    assert clock.now > before


@pytest.mark.parametrize(
    "line",
    ["slots app buf", "latency", "tlb app", "lru", "expect /proc/meminfo HugePages_Total == 0", "mark", "say hi"],
)
def test_looking_from_outside_takes_no_time(line):
    t = with_app()
    clock = t.session.machine.kernel.clock
    before = clock.now
    t(line)
    assert clock.now == before


def test_a_call_on_more_memory_takes_longer():
    t = with_app()
    t("touch app buf")
    clock = t.session.machine.kernel.clock
    spent = []
    for line in ("mincore app buf 4K", "mincore app buf", "mlock app buf 4K", "mlock app buf"):
        before = clock.now
        t(line)
        spent.append(clock.now - before)
    assert spent[0] < spent[1]
    assert spent[2] < spent[3]


def test_a_folder_of_settings_is_read_in_one_go():
    lines = Typed()("grep -r . /sys/kernel/mm/transparent_hugepage").splitlines()
    assert "/sys/kernel/mm/transparent_hugepage/enabled:[always] madvise never" in lines
    assert "/sys/kernel/mm/transparent_hugepage/khugepaged/defrag:1" in lines
