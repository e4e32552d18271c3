"""The command history."""

from tests.commands.typed import Typed


def test_history_numbers_lines():
    t = Typed()
    t.session.history += ["echo a", "history"]
    assert t("history") == "    1  echo a\n    2  history\n"
