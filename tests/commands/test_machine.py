"""boot reset reap uname uptime dmesg tick sleep debug_vm"""

from tests.commands.typed import Typed, with_app


def test_boot_replaces_the_host():
    t = with_app()
    assert t("boot --memory 2G --cpus 1") == "Linux 3.0.0: 2063540 kB, 1 node, 1 CPU\n"
    assert "app" not in t("ps")


def test_boot_names_what_cannot_be():
    t = Typed()
    assert "memory" in t.fails("boot --memory 1M", 2)
    assert "5Q" in t.fails("boot --memory 5Q", 2)
    assert "expected 2.6.37" in t.fails("boot --kernel 9.9", 2)


def test_reset_boots_the_same_machine():
    t = with_app()
    before = t("cat /proc/version; grep MemTotal /proc/meminfo")
    t("reset")
    assert t("cat /proc/version; grep MemTotal /proc/meminfo") == before
    assert "app" not in t("ps")


def test_the_dead_stay_until_reap():
    t = with_app()
    t("kill app")
    assert "killed by SIGKILL" in t("ps | grep app")
    assert t("reap") == "1 reaped\n"
    assert t.run("ps | grep app")[0] == 1


def test_uname_and_the_kernel_agree():
    t = Typed(kernel="2.6.39")
    assert t("uname -r") == "2.6.39\n"
    assert t("uname") == "Linux\n"
    assert t("uname -a").startswith("Linux thpsh 2.6.39 #1 SMP Thu May 19")


def test_time_passes_only_when_told():
    t = Typed()
    assert t("uptime") == "up 00:00:00\n"
    t("tick 1h; sleep 90s")
    assert t("uptime") == "up 01:01:30\n"
    assert t("cat /proc/uptime").startswith("3690.")
    assert "expected a duration" in t.fails("tick soon", 2)


def test_dmesg_begins_with_the_banner():
    assert "Linux version 3.0.0" in Typed()("dmesg | head -n 1")


def test_debug_vm_counts_the_rules_that_hold():
    assert with_app()("debug_vm").endswith("rules hold\n")


def test_boot_says_what_else_it_had_to_revert():
    out = Typed()("boot --revert 35 --nodes 2")
    assert out.splitlines()[0].endswith(", 2 nodes, 2 CPUs")
    assert out.splitlines()[1:] == ["16 (memcg-used-head-only) is reverted, too: it needs 35 (memcg-huge-charge)"]
