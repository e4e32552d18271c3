"""cat echo printf ls sysctl watch"""

import pytest

from tests.commands.typed import Typed

ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"


def test_cat_prints_files_and_goes_on_after_a_missing_one():
    t = Typed()
    status, out, err = t.run(f"cat {ENABLED} /proc/none {ENABLED}")
    assert (status, out) == (1, "[always] madvise never\n" * 2)
    assert err.startswith("cat: /proc/none: No such file or directory (ENOENT)\n")


def test_cat_of_a_binary_file_says_what_to_use():
    assert "Invalid argument (EINVAL)" in Typed().fails("cat /proc/kpagecount")


@pytest.mark.parametrize(
    ("line", "out"),
    [("echo a  b", "a b\n"), ("echo -n a", "a"), ("echo -e 'a\\tb'", "a\tb\n"), ("echo '-x'", "-x\n"), ("echo", "\n")],
)
def test_echo_prints_its_words(line, out):
    assert Typed()(line) == out


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("printf n", "n"), ("printf '%s-%d\\n' a 5", "a-5\n"), ("printf '%s\\n' a b c", "a\nb\nc\n"),
        ("printf '\\x41\\101\\n'", "AA\n"), ("printf '100%%'", "100%"),
        ("printf '%*d|%.*f\\n' 4K 3 2 1.2345 6 7", "   3|1.23\n     7|0\n"), ("printf '%.*f' -1 1.5", "1.500000"),
    ],
)  # fmt: skip
def test_printf_prints_in_a_format(line, out):
    assert Typed()(line) == out


def test_one_write_sets_a_knob_and_a_wrong_one_changes_nothing():
    t = Typed()
    assert t.fails(f"echo n > {ENABLED}").startswith(f"{ENABLED}: Invalid argument (EINVAL)")
    t(f"printf n > {ENABLED}")
    assert t(f"cat {ENABLED}") == "always madvise [never]\n"
    t(f"printf '' > {ENABLED}")
    assert t(f"cat {ENABLED}") == "always madvise [never]\n"


def test_nothing_can_be_created():
    t = Typed()
    assert "Permission denied (EACCES)" in t.fails("echo a > /proc/new")
    assert "Permission denied (EACCES)" in t.fails("echo 1 > /proc/meminfo")
    assert "(ENOENT)" in t.fails("echo a > /tmp/x")
    assert "(EISDIR)" in t.fails("echo a > /proc/sys")


def test_ls_lists_folders_and_modes():
    t = Typed()
    assert t("ls /sys/kernel/mm/transparent_hugepage") == "defrag\nenabled\nkhugepaged\n"
    assert "-r--r--r-- full_scans" in t("ls -l /sys/kernel/mm/transparent_hugepage/khugepaged")
    assert t("ls /") == "proc\nsys\n"
    assert "(ENOENT)" in t.fails("ls /home")


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


def test_watch_runs_a_line_while_time_passes():
    out = Typed()("watch -n 10s -c 2 'cat /proc/uptime'")
    assert out.count("Every 10s") == 2
    assert "\n10.00 10.00\n" in out


def test_tee_says_why_a_file_refused():
    t = Typed()
    status, out, err = t.run("echo a | tee /proc/x")
    assert (status, out) == (1, "a\n")
    assert (
        err == "tee: /proc/x: Permission denied (EACCES)\n    /proc/x does not exist, and nothing can be created here\n"
    )


def test_watch_says_its_pause_with_a_unit():
    out = Typed()("watch -n 1 -c 2 'echo a'")
    assert [line.partition("  (")[0] for line in out.splitlines()] == ["Every 1s: echo a", "a"] * 2
