"""The command uptime."""

from tests.commands.typed import Typed


def test_time_passes_only_when_told():
    t = Typed()
    assert t("uptime") == "up 00:00:00\n"
    t("tick 1h; sleep 90s")
    assert t("uptime") == "up 01:01:30\n"
    assert t("cat /proc/uptime").startswith("3690.")
    assert "expected a duration" in t.fails("tick soon", 2)
