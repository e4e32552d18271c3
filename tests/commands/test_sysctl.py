"""The command sysctl."""

from tests.commands.typed import Typed


def test_sysctl_reads_and_sets_by_dotted_name():
    t = Typed()
    assert t("sysctl vm.swappiness") == "vm.swappiness = 60\n"
    assert t("sysctl -w vm.swappiness=10") == "vm.swappiness = 10\n"
    assert t("cat /proc/sys/vm/swappiness") == "10\n"
    assert t("sysctl -n kernel.osrelease") == "3.0.0\n"
    assert "EINVAL" in t.fails("sysctl vm.swappiness=101")
    assert "ENOENT" in t.fails("sysctl vm.nothing")
    assert "vm.min_free_kbytes" in t("sysctl -a")
    assert "expected NAME" in t.fails("sysctl", 2)
