"""The command history."""

from tests.commands.typed import Typed


def test_history_numbers_lines():
    t = Typed()
    t("echo a")
    assert t("history") == "    1  echo a\n    2  history\n"
