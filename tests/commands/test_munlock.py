"""The command munlock."""

from tests.commands.typed import with_app


def test_locked_memory_is_counted_and_let_go():
    t = with_app()
    t("madvise app buf nohugepage; mlock app buf 64K")
    assert t("grep Mlocked /proc/meminfo").split()[1] == "64"
    t("munlock app buf 64K")
    assert t("grep Mlocked /proc/meminfo").split()[1] == "0"
