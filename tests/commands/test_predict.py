"""The command predict."""

from tests.commands.test_taking import taken


def test_the_outcome_is_shown_after_the_answer(monkeypatch, tmp_path):
    host = taken(monkeypatch, tmp_path, "lesson 2")
    assert host("slots app buf").split()[0] == "...."
    text = host("predict HHHH")
    assert "thpsh> touch app buf 1\n1 minor fault\n" in text
    assert "   Not so: you said HHHH: `slots app buf` is H...\n" in text
    assert "? What will `/proc/app/smaps buf Rss` be after `grep AnonHugePages /proc/meminfo`?" in " ".join(
        text.split()
    )
    assert max(map(len, text.splitlines())) <= 80
    assert "   Right: `/proc/app/smaps buf Rss` is 2048 kB\n" in host("predict 2M")


def test_without_a_question_there_is_nothing_to_answer(monkeypatch, tmp_path):
    assert "no question is open" in taken(monkeypatch, tmp_path).fails("predict 1", 2)
