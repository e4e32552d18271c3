"""The command compact."""

from tests.commands.typed import with_app


def test_compact_says_what_it_moved():
    t = with_app()
    t("fragment 100")
    moved = t("compact").split()
    assert (moved[:2], moved[3:]) == (["node", "0:"], ["pages", "moved"])
    assert int(moved[2]) > 200
    assert t("echo 1 > /proc/sys/vm/compact_memory") == ""
    assert "expected a node, 0 to 0" in t.fails("compact 1", 2)


def test_pinned_pages_are_told():
    t = with_app()
    t("echo never > /sys/kernel/mm/transparent_hugepage/enabled; touch app buf; drain; pin app buf 8K")
    assert t("compact 0").endswith(" could not be moved\n")
