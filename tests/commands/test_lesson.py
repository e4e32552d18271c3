"""The command lesson."""

import json

import pytest

from tests.commands.typed import Typed
from thpsh.cli.host_files import HostFiles


@pytest.fixture
def host(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    found = Typed()
    found.session.host_files = HostFiles()
    return found


def test_the_list_marks_what_is_being_taken_and_what_is_done(host):
    assert [row[""] for row in json.loads(host("lesson --json"))["rows"]] == [""] * 12
    host("lesson 2; predict H; predict 2048 kB")
    assert json.loads(host("lesson --json"))["rows"][1][""] == "now"
    host("touch app buf")
    assert json.loads(host("lesson --json"))["rows"][1][""] == "done"


def test_a_lesson_has_a_host_of_its_own_and_undo_brings_the_old_one_back(host):
    host("spawn mine")
    host("lesson first-huge-page")
    assert "mine" not in host("ps")
    host("undo")
    assert "mine" in host("ps")
    assert "no lesson is being taken" in host.fails("goal", 2)


def test_stop_leaves_the_lesson_and_keeps_the_host(host):
    host("lesson 1; lesson stop")
    assert "no lesson is being taken" in host.fails("hint", 2)
    assert "app" in host("ps")


def test_mistakes(host):
    assert "expected a lesson from 1 to 12" in host.fails("lesson 13", 2)
    assert "no such lesson; there are address-translation, " in host.fails("lesson nonsense", 2)
    assert "expected FILE" in host.fails("lesson check", 2)
    assert "expected only one lesson" in host.fails("lesson 1 2", 2)


def test_a_new_lesson_is_one_that_can_be_taken(host, tmp_path):
    host("lesson new mine.thp")
    assert host("lesson check mine.thp") == "mine.thp: a lesson that can be taken\n"
    text = host("lesson mine.thp")
    assert text.startswith("A title\n=======\n")


def test_check_says_file_and_line(host, tmp_path):
    (tmp_path / "bad.thp").write_text("spawn app\ngoal slots app bux == H\n")
    found = host.run("lesson check bad.thp")
    assert found[0] == 1
    assert found[1].splitlines()[:2] == [
        "bad.thp:2: no hint; expected `hint TEXT`",
        "bad.thp:2: no solution; expected `solution LINE`",
    ]


def test_grade_gives_what_saved_sessions_reached(host, tmp_path):
    (tmp_path / "anna.thp").write_text("lesson 2\npredict H...\npredict 4 kB\nhint\ntouch app buf 4M\ntouch app buf\n")
    (tmp_path / "ben.thp").write_text("lesson 2\npredict HHHH\npredict 2048 kB\nsolution\n")
    anna, ben = json.loads(host("lesson --grade anna.thp ben.thp"))
    assert anna["file"] == "anna.thp"
    [found] = anna["lessons"]
    assert (found["lesson"], found["done"], found["hints"], found["commands"]) == ("first-huge-page", True, 1, 2)
    assert [each["right"] for each in found["predictions"]] == [True, False]
    [found] = ben["lessons"]
    assert (found["done"], found["solution_shown"]) == (False, True)
    assert [goal["met"] for goal in found["goals"]] == [False, False]
    assert json.loads(host("lesson --json"))["rows"][1][""] == ""  # grading is nobody's progress
