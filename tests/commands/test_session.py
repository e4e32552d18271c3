"""help history quit say mark expect fails run; and what a session does with errors."""

import json

import pytest

from tests.commands.typed import Typed, with_app
from thpsh.commands import registry
from thpsh.errors import ModelBug


@pytest.mark.parametrize("name", [name for name in registry.names() if name not in ("fails", "run", "quit", "exit")])
def test_every_example_works_as_typed(name):
    t = with_app()
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
