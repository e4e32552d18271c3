"""What is wrong with a lesson."""

import pytest

from tests.commands.typed import Typed
from thpsh.cli.host_files import HostFiles
from thpsh.commands.lesson_check import complaints

HEAD = '+++\ntitle = "T"\nmemory = "1G"\n+++\nspawn app\nmmap app buf 2M\n'
SCANS = "/sys/kernel/mm/transparent_hugepage/khugepaged/full_scans"
TASK = "hint touch it\nsolution touch app buf\n"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("goal slots app buf == .\n" + TASK, ":7: the goals are met already when the lesson begins"),
        (f"touch app buf 4K\ngoal {SCANS} >= 20\n" + TASK, "doing nothing"),
        ("goal slots app buf == F\n" + TASK, ":7: the solution does not reach it: slots app buf == F"),
        ("goal slots app buf == H\nhint x\nsolution touch app nowhere\n", ":9: the solution fails: touch: 'nowhere'"),
        ("goal slots app buf == H\nsolution touch app buf\n", ":7: no hint"),
        ("goal slots app buf == H\nhint x\n", ":7: no solution"),
        ("# " + "x" * 90 + "\ngoal slots app buf == H\n" + TASK, ":7: 92 columns; expected at most 80"),
        ("goal nonsense == 1\n" + TASK, "'nonsense': expected a file"),
        ("goal slots app buf == H\ntouch app buf\nhint x\n", ":8:1: touch: expected goal, hint or solution here"),
        ("frobnicate\ngoal slots app buf == H\n" + TASK, ":7:1: frobnicate: command not found"),
        ("touch app buf\n", "a lesson needs a goal"),
    ],
)  # fmt: skip
def test_it_is_named_with_its_line(tmp_path, body, complaint):
    path = tmp_path / "x.thp"
    path.write_text(HEAD + body)
    host = Typed()
    host.session.host_files = HostFiles()
    assert any(complaint in text for text in complaints(host.session, str(path))), complaints(host.session, str(path))
