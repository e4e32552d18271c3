"""The command solution."""

from tests.commands.test_taking import taken


def test_it_shows_lines_and_types_none(monkeypatch, tmp_path):
    host = taken(monkeypatch, tmp_path)
    assert host("solution") == "touch app buf --stride 2M\n"
    assert host("slots app buf").split()[0] == "H..."
