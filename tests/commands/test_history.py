"""The command history."""

from tests.commands.typed import Typed


def test_history_numbers_lines():
    t = Typed()
    t("echo a")
    assert t("history") == "    1  echo a\n    2  history\n"


def test_a_line_of_several_commands_is_one_entry_as_typed():
    t = Typed()
    t("echo a;   echo b | cat")
    assert t("history") == "    1  echo a;   echo b | cat\n    2  history\n"


def test_a_line_that_fails_is_kept():
    t = Typed()
    t.fails("tick soon", 2)
    assert t("history | head -n 1") == "    1  tick soon\n"


def test_undo_and_reset_forget_nothing_that_was_typed():
    t = Typed()
    t("spawn app")
    t("undo")
    t("reset")
    assert t("history") == "    1  spawn app\n    2  undo\n    3  reset\n    4  history\n"


def test_an_argument_is_refused():
    assert "'x'" in Typed().fails("history x", 2)
