"""The command reap."""

from tests.commands.typed import with_app


def test_the_dead_stay_until_reap():
    t = with_app()
    t("kill app")
    assert "killed by SIGKILL" in t("ps | grep app")
    assert t("reap") == "1 reaped\n"
    assert t.run("ps | grep app")[0] == 1
