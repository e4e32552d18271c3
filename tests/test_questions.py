"""The ten questions: each shows its problem and its cure, and the README lists them."""

import io
import re
from pathlib import Path

import pytest

from tests.test_scenarios import checked_session
from thpsh.cli.host_files import HostFiles, shipped_scenarios
from thpsh.scenario import syntax
from thpsh.scenario.parser import parse
from thpsh.scenario.suite import Suite

QUESTIONS = [name for name in shipped_scenarios() if name.startswith("questions/")]
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def front(name):
    """The front matter of a scenario."""
    path = shipped_scenarios()[name]
    return parse(path, HostFiles().read(path), syntax.complete).front


def test_there_are_ten_in_order():
    assert [int(name.removeprefix("questions/")[:2]) for name in QUESTIONS] == list(range(1, 11))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_answered(name):
    out = io.StringIO()
    (result,) = Suite(HostFiles(), checked_session).run([name], out)
    assert result.failed == 0, out.getvalue()
    assert result.checked >= 5
    assert front(name).summary
    assert re.search(r"^# (First )?[Cc]ure|^# .*[Cc]ure: ", out.getvalue(), re.MULTILINE)


def test_the_readme_lists_them_by_title():
    rows = re.findall(r"^\| `(\d\d-[\w-]+)` \| (.+) \|$", README, re.MULTILINE)
    assert rows[: len(QUESTIONS)] == [(name.removeprefix("questions/"), front(name).title) for name in QUESTIONS]
