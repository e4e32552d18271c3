"""Grading saved sessions."""

from tests.commands.typed import Typed
from thpsh.cli.host_files import HostFiles
from thpsh.commands.grading import Untouched, grade


def test_a_session_that_gave_up_has_its_goals_judged_at_the_end(tmp_path):
    (tmp_path / "x.thp").write_text('+++\nmemory = "1G"\n+++\nlesson 2\npredict H\npredict x\ntouch app buf 4M\n')
    host = Typed()
    host.session.host_files = HostFiles()
    [found] = grade(host.session, str(tmp_path / "x.thp"))["lessons"]
    assert [goal["met"] for goal in found["goals"]] == [False, False]
    assert found["commands"] == 1


def test_nothing_a_graded_session_does_reaches_the_host(tmp_path):
    files = Untouched(HostFiles())
    files.write(str(tmp_path / "y"), "text")
    files.write_state("lessons.json", "[]")
    assert (list(tmp_path.iterdir()), files.read_state("lessons.json")) == ([], "")
    assert len(files.lessons()) == 12
