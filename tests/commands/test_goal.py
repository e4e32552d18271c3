"""The command goal."""

from tests.commands.test_taking import taken


def test_each_goal_has_a_mark(monkeypatch, tmp_path):
    host = taken(monkeypatch, tmp_path)
    assert host("goal") == "[ ] /proc/meminfo AnonHugePages == 8192 kB\n[ ] slots app buf == HHHH\n"
    host("spawn other; mmap other x 6M; touch other x")
    assert host("goal") == "[x] /proc/meminfo AnonHugePages == 8192 kB\n[ ] slots app buf == HHHH\n"


def test_an_open_question_comes_first(monkeypatch, tmp_path):
    assert taken(monkeypatch, tmp_path, "lesson 2")("goal") == "first answer the question: predict VALUE\n"
