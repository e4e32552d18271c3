"""Waiting for khugepaged."""

from tests.commands.typed import with_app


def scans(t):
    return int(t("cat /sys/kernel/mm/transparent_hugepage/khugepaged/full_scans"))


def test_time_passes_until_it_has_scanned_so_often():
    t = with_app()
    t("touch app buf 4K")
    before = scans(t)
    assert t("wait_khugepaged 3").startswith("3 full scans in ")
    assert scans(t) == before + 3
    assert t("wait_khugepaged").startswith("1 full scan in 10.0")


def test_nobody_to_scan_is_a_timeout():
    t = with_app()
    assert t.fails("wait_khugepaged") == (
        "wait_khugepaged: Connection timed out (ETIMEDOUT)\n"
        "    khugepaged waits for something to happen: nobody is registered with it\n"
    )


def test_a_thread_that_does_not_run_is_a_timeout():
    t = with_app()
    t("touch app buf 4K; echo never > /sys/kernel/mm/transparent_hugepage/enabled")
    assert "it does not run: enabled is never" in t.fails("wait_khugepaged 2")


def test_where_there_is_none_nobody_blames_enabled():
    t = with_app(revert=("33",))
    t("touch app buf 4K")
    assert t.fails("wait_khugepaged") == (
        "wait_khugepaged: Connection timed out (ETIMEDOUT)\n    this host has no khugepaged\n"
    )


def test_the_number_must_be_sensible():
    t = with_app()
    for word in ("0", "-1", "1000001"):
        assert "expected 1 to 1000000" in t.fails(f"wait_khugepaged -- {word}", 2)


def test_a_frozen_thread_is_a_timeout():
    t = with_app()
    t("touch app buf 4K; freeze")
    assert "khugepaged is frozen until `thaw`" in t.fails("wait_khugepaged")
    t("thaw; wait_khugepaged")
