"""The command reset."""

from tests.commands.typed import Typed, with_app


def test_reset_boots_the_same_machine():
    t = with_app()
    before = t("cat /proc/version; grep MemTotal /proc/meminfo")
    t("reset")
    assert t("cat /proc/version; grep MemTotal /proc/meminfo") == before
    assert "app" not in t("ps")


def test_settings_counters_and_the_clock_are_those_of_boot():
    t = Typed()
    shown = "cat /proc/vmstat /proc/buddyinfo /sys/kernel/mm/transparent_hugepage/enabled; uptime; dmesg"
    fresh = t(shown)
    t("spawn app; mmap app buf 16M; touch app buf; kill app")
    t("echo never > /sys/kernel/mm/transparent_hugepage/enabled; tick 2m")
    assert t(shown) != fresh
    t("reset")
    assert t(shown) == fresh


def test_a_process_of_the_same_name_may_be_started_again():
    t = with_app()
    t("reset")
    assert t("spawn app") == "app: pid 100\n"
