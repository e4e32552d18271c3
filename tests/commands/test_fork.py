"""The command fork."""

from tests.commands.typed import with_app


def test_fork_shares_and_exit_returns():
    t = with_app()
    t("touch app buf; fork app child")
    assert t("grep AnonHugePages /proc/meminfo").split()[1] == "16384"
    assert t("slots child buf").startswith("HHHHHHHH")
    t("exit child; exit app")
    assert t("grep AnonHugePages /proc/meminfo").split()[1] == "0"
