"""Counters of compaction, which `thpsh compare` leaves out, against the recordings that have them."""

from pathlib import Path

import pytest

from thpsh.boot import boot
from thpsh.fs.vfs import Vfs
from thpsh.oracle.comparison import recorded_machine
from thpsh.oracle.pressure import near
from thpsh.oracle.recording import read_recording
from thpsh.oracle.replay import Replay

TRACES = Path(__file__).parent / "traces"
NAMES = ("allocstall", "compact_stall", "compact_success", "compact_fail", "compact_blocks_moved")


@pytest.mark.parametrize(
    ("case", "place", "exact", "batches"),
    [
        ("frag-one-per-block", 10, (0, 1, 1, 0), None),
        ("frag-alternate-madvise", 9, (0, 9, 9, 0), None),
        ("frag-alternate-never", 9, (0, 0, 0, 0), 0),
        ("frag-locked-madvise", 9, (7, 3, 0, 3), 932),
        ("frag-compact-huge", 7, (0, 0, 0, 0), 314),
    ],
)
def test_who_stalls_and_how_it_ends_is_as_recorded(case, place, exact, batches):
    recording = read_recording(case, (TRACES / f"{case}.json").read_text(encoding="utf-8"))
    machine = boot(recorded_machine(recording))
    replay = Replay(machine, Vfs(machine))
    for operation in recording.operations[:place]:
        replay.do(operation)
    before = [machine.vm_events.get(name) for name in NAMES]
    replay.do(recording.operations[place])
    moved = [machine.vm_events.get(name) - old for name, old in zip(NAMES, before, strict=True)]
    assert tuple(moved[:4]) == exact
    if batches is not None:
        assert near(batches, moved[4])


def test_compaction_goes_on_until_the_frames_it_frees_overflow_the_pages_of_the_cpu():
    """pcp.high is 186: no block of order 9 comes together before. How many batches that takes is chance."""
    recording = read_recording("frag-one-per-block", (TRACES / "frag-one-per-block.json").read_text(encoding="utf-8"))
    machine = boot(recorded_machine(recording))
    replay = Replay(machine, Vfs(machine))
    for operation in recording.operations[:10]:
        replay.do(operation)
    replay.do(recording.operations[10])
    assert 182 <= machine.vm_events.get("compact_pages_moved") <= 210
