"""The command spawn."""

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
