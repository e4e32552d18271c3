"""help history quit say mark expect fails run; and what a session does with errors."""

import pytest

from tests.commands.typed import Typed, with_app
from thpsh.commands import registry
from thpsh.errors import ModelBug


def test_help_lists_every_command_in_its_group():
    out = Typed()("help")
    for name in registry.names():
        assert f"  {name:<12} " in out


@pytest.mark.parametrize("name", registry.names())
def test_help_shows_words_and_an_example(name):
    out = Typed()(f"help {name}")
    assert out.startswith(f"usage: {name}")
    assert "example: " in out
    assert "no such command" in Typed().fails("help nonsense", 2)


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


def test_history_numbers_lines():
    t = Typed()
    t.session.history += ["echo a", "history"]
    assert t("history") == "    1  echo a\n    2  history\n"


def test_expectations_hold_or_say_what_was_found():
    t = with_app()
    assert t("expect slots app buf == ........") == "held\n"
    t("mark; touch app buf 2M")
    assert t("expect /proc/vmstat thp_fault_alloc += 1") == "held\n"
    err = t.fails("expect /proc/vmstat thp_fault_alloc += 2")
    assert "expected: += 2" in err
    assert "last events" in err


def test_fails_wants_the_errno():
    t = with_app()
    t("fails EINVAL madvise app buf 4K 99")
    assert "expected: ENOMEM" in t.fails("fails ENOMEM madvise app buf 4K 99")
    assert "unknown errno" in t.fails("fails ENOTHING madvise app buf 4K 99", 2)
    assert "expected ERRNO and a command" in t.fails("fails EINVAL", 2)


def test_say_prints():
    assert Typed()("say look at this") == "look at this\n"


def test_run_of_an_unknown_scenario_is_named():
    assert "no such file" in Typed().fails("run nothing", 2)


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
