"""`thpsh run`: what it prints where, and its status."""

import io
import json
import sys

import pytest

from thpsh.cli.arguments import parse
from thpsh.cli.scenarios import run
from thpsh.errors import UsageError


@pytest.fixture
def replay(tmp_path, capsys):
    """Replay a text with some options: status, output, errors."""

    def replay(text, *words):
        (tmp_path / "x.thp").write_text(text)
        status = run(parse(["run", str(tmp_path / "x.thp"), *words]))
        return status, *capsys.readouterr()

    return replay


def test_a_scenario_that_holds_is_status_0(replay):
    status, out, err = replay("echo a\nexpect ps nobody == gone\n")
    assert (status, err) == (0, "")
    assert out.endswith("thpsh> echo a\na\nthpsh> expect ps nobody == gone\nheld\nall 1 expectations held\n")


def test_one_that_does_not_is_status_1(replay):
    status, out, _ = replay("expect ps nobody == running\n", "--quiet")
    assert status == 1
    assert out.endswith("1 of 1 expectations failed\n")


def test_a_report_on_standard_output_stands_there_alone(replay):
    status, out, err = replay("echo a\nexpect ps nobody == gone\n", "--json", "-")
    assert (status, err) == (0, "all 1 expectations held\n")
    assert json.loads(out)["format"] == 1


def test_reports_go_to_the_files_that_were_named(replay, tmp_path):
    replay("echo a\n", "--json", str(tmp_path / "a.json"), "--junit", str(tmp_path / "a.xml"))
    assert json.loads((tmp_path / "a.json").read_text())["format"] == 1
    assert "<testsuite" in (tmp_path / "a.xml").read_text()


def test_a_step_waits_for_a_line_and_the_end_of_input_goes_on(replay, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    status, out, err = replay("echo a\necho b\n", "--step")
    assert (status, err) == (0, "[Enter] [Enter] ")
    assert "thpsh> echo b\nb\n" in out


def test_fail_fast_leaves_the_rest(replay):
    _, out, _ = replay("expect ps nobody == running\necho after\n", "--fail-fast")
    assert "after" not in out


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(UsageError, match=r"nowhere\.thp"):
        run(parse(["run", "nowhere.thp"]))
