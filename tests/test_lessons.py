"""The course: every lesson can be taken, and only by doing something."""

import pytest

from tests.commands.typed import Typed
from thpsh.cli.host_files import HostFiles
from thpsh.commands.lesson_check import complaints
from thpsh.releases import find
from thpsh.scenario import parser, syntax
from thpsh.scenario.lesson import read_lesson

LESSONS = HostFiles().lessons()
TOPICS = (
    "address-translation", "first-huge-page", "alignment", "policy-and-madvise", "read-faults-and-bloat", "splitting",
    "fork-and-copy-on-write", "khugepaged", "fragmentation-and-defrag", "cgroups", "numa", "when-to-turn-it-off",
)  # fmt: skip


def lesson(path):
    return read_lesson(parser.parse(path, HostFiles().read(path), syntax.complete))


def test_the_course_has_its_twelve_topics_in_order():
    assert tuple(lesson(path).name for path in LESSONS) == TOPICS


@pytest.mark.parametrize("path", LESSONS, ids=TOPICS)
def test_a_lesson_can_be_taken(path):
    host = Typed()
    host.session.host_files = HostFiles()
    assert complaints(host.session, path) == []
    found = lesson(path)
    assert found.hints
    assert found.after
    assert [find(commit).number for commit in found.scenario.front.commits]


@pytest.mark.parametrize("path", LESSONS, ids=TOPICS)
def test_its_solution_typed_at_the_prompt_ends_in_the_debrief(path, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    host = Typed()
    host.session.host_files = HostFiles()
    number = LESSONS.index(path) + 1
    text = host(f"lesson {number}")
    while host.session.course.asked:
        text += host("predict 1")
    assert "Your task: reach" in text
    for step in lesson(path).solution:
        assert "*  Reached: " not in text
        text = host(step.text)
    assert f"*  Reached: {lesson(path).title}" in text
    assert "done" in host("lesson").splitlines()[number]
