"""The command sleep."""

from tests.commands.typed import Typed


def test_sleep_lets_time_pass_like_tick():
    t = Typed()
    t("sleep 90s")
    assert t("uptime") == "up 00:01:30\n"
    assert t.fails("sleep soon", 2).startswith("sleep: ")
