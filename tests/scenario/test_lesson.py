"""The parts of a lesson file."""

import pytest

from thpsh.scenario import parser, syntax
from thpsh.scenario.lesson import as_scenario, is_lesson, lines_after, read_lesson, words_of
from thpsh.scenario.place import ScenarioError

TEXT = """# tell
spawn app
mmap app buf 2M
predict slots app buf
touch app buf 4K
slots app buf
# more
goal slots app buf == F
hint it's small, isn't it?
solution echo never > x
# end
ps
"""


def scenario(text=TEXT):
    return parser.parse("01-some-name.thp", text, syntax.complete)


def test_it_is_read_in_parts():
    lesson = read_lesson(scenario())
    assert lesson.name == "some-name"
    assert [step.text for step in lesson.goals] == ["slots app buf == F"]
    assert [step.text for step in lesson.hints] == ["it's small, isn't it?"]
    assert [step.text for step in lesson.solution] == ["echo never > x"]
    assert [step.text for step in lesson.after] == ["# end", "ps"]
    [question] = lesson.questions
    assert lesson.before[question].text == "slots app buf"
    assert [step.text for step in lines_after(lesson, question)] == ["touch app buf 4K", "slots app buf"]


def test_as_a_scenario_it_is_the_solution_and_expects_the_goals():
    found = as_scenario(read_lesson(scenario()))
    lines = [step.text for step in found.steps if not step.narration]
    assert lines[-3:] == ["echo never > x", "expect slots app buf == F", "ps"]
    assert "slots app buf" not in lines[2:3]
    assert found.front.machine["drained"]


def test_other_scenarios_are_no_lessons():
    assert not is_lesson(scenario("spawn app\n"))
    with pytest.raises(ScenarioError, match="a lesson needs a goal"):
        read_lesson(scenario("spawn app\n"))


def test_questions_stand_before_the_goals():
    with pytest.raises(ScenarioError, match="predict: expected before the first goal"):
        read_lesson(scenario("goal ps == 1\nhint x\npredict ps\n"))


def test_words_are_read_as_the_shell_does():
    assert words_of("slots app buf == 'H H'") == ["slots", "app", "buf", "==", "H H"]
