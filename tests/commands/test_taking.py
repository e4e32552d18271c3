"""Taking a lesson."""

from tests.commands.typed import Typed
from thpsh.cli.host_files import HostFiles
from thpsh.commands import taking
from thpsh.commands.facts import facts


def taken(monkeypatch, tmp_path, lines="lesson 2; predict H; predict 2048 kB"):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    host = Typed()
    host.session.host_files = HostFiles()
    host(lines)
    return host


def test_looking_at_goals_leaves_no_trace(monkeypatch, tmp_path):
    host = taken(monkeypatch, tmp_path)
    before = (facts(host.session), host("stat"))
    assert taking.goals_reached(host.session, host.session.course) == [False, False]
    assert (facts(host.session), host("stat")) == before


def test_progress_is_kept_for_the_next_session(monkeypatch, tmp_path):
    host = taken(monkeypatch, tmp_path)
    assert "*  Reached: The first huge page" in host("touch app buf")
    assert taking.progress(host.session) == {"first-huge-page"}
    assert (tmp_path / "thpsh" / "lessons.json").read_text() == '["first-huge-page"]\n'
    assert "Reached" not in host("touch app buf")


def test_damaged_progress_is_no_progress(monkeypatch, tmp_path):
    (tmp_path / "thpsh").mkdir()
    (tmp_path / "thpsh" / "lessons.json").write_text("{nonsense")
    assert taking.progress(taken(monkeypatch, tmp_path).session) == set()
