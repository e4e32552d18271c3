"""The command reset."""

from tests.commands.typed import with_app


def test_reset_boots_the_same_machine():
    t = with_app()
    before = t("cat /proc/version; grep MemTotal /proc/meminfo")
    t("reset")
    assert t("cat /proc/version; grep MemTotal /proc/meminfo") == before
    assert "app" not in t("ps")
