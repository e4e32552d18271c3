"""What a replay remembers."""

from thpsh.scenario.replay import Outcome, Place, Replay


def test_a_place_reads_as_file_and_line():
    assert str(Place("dir/a.thp", 3)) == "dir/a.thp:3"
    assert str(Place()) == ""


def test_outcomes_are_kept_in_their_order():
    replay = Replay()
    first, second = Outcome(True, "a"), Outcome(False, "b")
    replay.note(first)
    replay.note(second)
    assert replay.outcomes == [first, second]


def test_replays_share_nothing():
    Replay().note(Outcome(True, "a"))
    assert Replay().outcomes == []
