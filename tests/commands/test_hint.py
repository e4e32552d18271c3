"""The command hint."""

from tests.commands.test_taking import taken


def test_hints_come_one_by_one(monkeypatch, tmp_path):
    host = taken(monkeypatch, tmp_path)
    assert host("hint") == "Three ranges of `buf` were not touched yet.\n"
    assert host("hint").startswith("`touch app buf` writes to every page")
    assert host("hint") == "no more hints; `solution` shows a way\n"
