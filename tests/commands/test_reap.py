"""The command reap."""

from tests.commands.typed import with_app


def test_the_dead_stay_until_reap():
    t = with_app()
    t("kill app")
    assert "killed by SIGKILL" in t("ps | grep app")
    assert t("reap") == "1 reaped\n"
    assert t.run("ps | grep app")[0] == 1


def test_the_living_stay_and_nobody_dies_twice():
    t = with_app()
    t("spawn other; kill app")
    assert t("reap") == "1 reaped\n"
    assert t("reap") == "0 reaped\n"
    assert "other" in t("ps")


def test_memory_is_back_at_death_and_not_at_reap():
    t = with_app()
    t("touch app buf; kill app")
    before = t("grep -e MemFree -e AnonPages /proc/meminfo")
    t("reap")
    assert t("grep -e MemFree -e AnonPages /proc/meminfo") == before


def test_undo_brings_the_dead_back():
    t = with_app()
    t("kill app")
    t("reap")
    t("undo")
    assert "killed by SIGKILL" in t("ps | grep app")
