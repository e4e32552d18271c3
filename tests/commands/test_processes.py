"""spawn fork exec kill exit ps"""

import json

from tests.commands.typed import Typed, with_app


def test_processes_are_numbered_from_100():
    t = Typed()
    assert t("spawn a; spawn b") == "a: pid 100\nb: pid 101\n"
    assert t("grep PPid /proc/b/status") == "PPid:\t1\n"


def test_names_must_be_new_and_sensible():
    t = with_app()
    assert "there is a process" in t.fails("spawn app", 2)
    assert "expected the name" in t.fails("spawn 5", 2)
    assert "expected a node" in t.fails("spawn b --node 3", 2)
    assert "no such process" in t.fails("fork nobody b", 2)


def test_a_process_can_start_on_a_node():
    t = Typed(nodes=2, cpus=2)
    t("spawn far --node 1; mmap far buf 2M; touch far buf 4K")
    assert t("grep AnonHugePages /sys/devices/system/node/node1/meminfo").split()[-2] == "2048"


def test_fork_shares_and_exit_returns():
    t = with_app()
    t("touch app buf; fork app child")
    assert t("grep AnonHugePages /proc/meminfo").split()[1] == "16384"
    assert t("slots child buf").startswith("HHHHHHHH")
    t("exit child; exit app")
    assert t("grep AnonHugePages /proc/meminfo").split()[1] == "0"


def test_exec_forgets_the_regions():
    t = with_app()
    t("exec app --args 64K")
    assert "no such region" in t.fails("touch app buf", 2)
    assert "(E2BIG)" in t.fails("exec app --args 1G")


def test_the_dead_and_the_kernel_cannot_be_used():
    t = with_app()
    t("kill app")
    assert "kill: No such process (ESRCH)\n    app was killed by SIGKILL\n" in t.fails("kill app")
    assert "(EPERM)" in t.fails("kill init")
    assert "(ESRCH)" in t.fails("touch kthreadd 0x1000 4K")


def test_exit_without_a_name_leaves():
    t = Typed()
    t("exit; echo not reached")
    assert t.session.leaving


def test_ps_shows_memory_and_faults_also_as_json():
    t = with_app()
    t("touch app buf")
    assert '"NAME": "app"' in t("ps --json")
    assert "[khugepaged]" in t("ps")


def test_ps_and_expect_say_the_same_state():
    t = with_app()
    t("spawn gone; exit gone; spawn hit")
    t.run("touch hit 0x1000 4K")
    states = {row["NAME"]: row["STATE"] for row in json.loads(t("ps --json"))["rows"]}
    assert (states["app"], states["gone"], states["hit"]) == ("sleeping", "dead", "killed by SIGSEGV")
    for name in ("app", "gone", "hit"):
        assert t(f"expect ps {name} == '{states[name]}'") == "held\n"
