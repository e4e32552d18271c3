"""History: steps back and forth, snapshots, also where they were undone."""

import pytest

from tests.commands.typed import with_app
from thpsh.machine import history
from thpsh.machine.graph import encode


def picture(machine):
    """All state of a machine, without the epochs, which count the steps themselves."""
    journal = machine.kernel.journal
    layers, journal.layers, epoch, journal.epoch = journal.layers, [], journal.epoch, 0
    try:
        data = encode(machine)
    finally:
        journal.layers, journal.epoch = layers, epoch
    nodes = data["nodes"]
    places = {}
    for number, (_, *fields) in enumerate(data["classes"]):
        if "epoch" in fields:
            places[number] = fields.index("epoch") + 2
    for node in nodes:
        if node[0] == "record" and node[1] in places:
            node[places[node[1]]] = 0
    return nodes


LINES = (
    "touch app buf 5M",
    "munmap app buf+1M 64K",
    "fork app child; touch child buf+3M 100K",
    "tick 30s",
    "echo never > /sys/kernel/mm/transparent_hugepage/enabled",
    "touch app buf+6M --random 50",
    "exit child",
    "cgroup create web 4M; cgroup attach web app",
    "touch app buf; dmesg",
    "swapon 64M; touch app buf",
    "boot --memory 512M",
    "spawn other",
)


def test_each_step_is_undone_and_done_again_exactly():
    t = with_app()
    pictures = []
    for line in LINES:
        pictures.append(picture(t.session.machine))
        t.run(line)
        t.run("cat /proc/meminfo; ps")
    last = picture(t.session.machine)
    for line, before in zip(reversed(LINES), reversed(pictures), strict=True):
        assert t("undo") == f"undone: {line}\n"
        assert picture(t.session.machine)[1:] == before[1:], line
    t(f"redo {len(LINES)}")
    assert len(picture(t.session.machine)) == len(last)
    assert t("ps --json") == t("ps --json")


def test_a_line_that_only_looks_is_no_step():
    t = with_app()
    t("cat /proc/meminfo; slots app buf; ls /sys")
    assert t("undo") == "undone: spawn app; mmap app buf 16M\n"
    assert t.fails("undo", 2) == "undo: nothing to undo\n"


def test_a_tick_is_a_step_also_if_nothing_happened():
    t = with_app()
    t("tick 1s")
    assert t("undo") == "undone: tick 1s\n"


def test_a_new_step_ends_what_can_be_done_again():
    t = with_app()
    t("touch app buf 2M")
    t("undo")
    t("touch app buf 4K")
    assert t.fails("redo", 2) == "redo: nothing to do again\n"


def test_a_snapshot_survives_that_its_past_was_undone_and_changed():
    t = with_app()
    t("touch app buf 2M")
    t("snapshot save huge")
    t("undo")
    t("munmap app buf")
    t("snapshot restore huge")
    assert t("slots app buf").startswith("H")
    t("undo")
    assert t("ps") == t("ps")
    assert "buf" not in t("maps app")
    t("undo")
    assert t("slots app buf").startswith(".")


def test_going_back_to_a_snapshot_is_undone_like_any_line():
    t = with_app()
    t("snapshot save start")
    t("touch app buf 4M")
    t("tick 20s")
    before = picture(t.session.machine)
    t("snapshot restore start")
    assert t("slots app buf").startswith("..")
    assert t("undo") == "undone: snapshot restore start\n"
    assert picture(t.session.machine)[1:] == before[1:]


def test_old_steps_are_dropped_unless_a_snapshot_needs_them(monkeypatch):
    monkeypatch.setattr(history, "DEPTH", 3)
    t = with_app()
    for _ in range(5):
        t("tick 1s")
    assert len(t.session.steps.steps) == 3
    t("snapshot save here")
    for _ in range(6):
        t("tick 1s")
    uptime = t("uptime")
    t("snapshot restore here")
    assert t("uptime") != uptime
    t("snapshot restore here")


def test_a_snapshot_costs_nothing_until_something_changes():
    t = with_app(memory=8 << 30)
    t("mmap app big 4G; touch app big")
    t("snapshot save big")
    assert len(t.session.steps.steps[-1].parts[0].saved) < 2500  # free pageblocks have no object to save
    t("touch app buf 4K")
    assert len(t.session.steps.steps[-1].parts[0].saved) < 40


@pytest.mark.parametrize("line", ["undo 0", "redo -1", "undo x"])
def test_a_number_that_cannot_be(line):
    t = with_app()
    assert "expected" in t.fails(line, 2)


def test_undo_within_a_line_takes_back_what_the_line_did_before():
    t = with_app()
    line = "touch app buf 2M; undo; touch app buf+2M 4K; snapshot save here; touch app buf+4M 2M"
    t(line)
    assert t("slots app buf").startswith(".HH")
    assert t("undo") == f"undone: {line}\n"
    assert t("slots app buf").startswith(".H.")
    t("redo")
    t("snapshot restore here")
    assert t("slots app buf").startswith(".H.")
