"""Everything goes on."""

from tests.commands.typed import with_app


def test_thaw_lets_daemons_and_processes_go_on():
    t = with_app()
    t("touch app buf 4K; freeze; tick 1m")
    before = t("cat /sys/kernel/mm/transparent_hugepage/khugepaged/full_scans")
    assert t("thaw") == "5 tasks go on\n"
    t("tick 1m")
    assert t("cat /sys/kernel/mm/transparent_hugepage/khugepaged/full_scans") > before
    assert "huge" in t("khugepaged app")


def test_thaw_of_a_host_that_is_not_frozen_does_nothing():
    assert with_app()("thaw") == "0 tasks go on\n"
