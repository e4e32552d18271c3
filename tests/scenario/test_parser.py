"""Scenario files read: narration, commands over several lines, places of errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thpsh.errors import UsageError
from thpsh.scenario.parser import Step, parse
from thpsh.scenario.place import ScenarioError
from thpsh.scenario.syntax import complete as really_complete


def complete(text):
    """A stand-in for the line room: `for` needs `done`, a backtick is nonsense."""
    if "`" in text:
        raise UsageError(f"column {text.index('`') + 1}: a backtick")
    return not text.lstrip().startswith("for") or text.rstrip().endswith("done")


def test_comments_are_narration_and_blank_lines_nothing():
    scenario = parse("dir/a.thp", "# Hello\n\nspawn app\n  # indented\n", complete)
    assert scenario.steps == (
        Step(1, "# Hello", narration=True),
        Step(3, "spawn app"),
        Step(4, "# indented", narration=True),
    )
    assert (scenario.name, scenario.title) == ("a", "a")


def test_a_command_takes_the_lines_it_needs():
    scenario = parse("a.thp", "for x in 1 2; do\n  echo $x\ndone\necho end\n", complete)
    assert scenario.steps == (Step(1, "for x in 1 2; do\n  echo $x\ndone"), Step(4, "echo end"))


def test_the_body_begins_after_the_front_matter():
    scenario = parse("a.thp", "+++\ntitle = 'T'\n+++\nspawn app\n", complete)
    assert scenario.title == "T"
    assert scenario.steps == (Step(4, "spawn app"),)


def test_windows_line_ends_and_a_byte_order_mark_are_nothing():
    assert parse("a.thp", "\ufeffspawn app\r\n", complete).steps == (Step(1, "spawn app"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spawn app\necho `x`\n", "a.thp:2:6: "),
        ("spawn app\nfor x in 1; do\n", "a.thp:2:1: the command has no end: for x in 1; do"),
        ("spawn app\n  ec\x07ho\n", "a.thp:2:5: control byte 0x07"),
        ("\x00", "a.thp:1:1: control byte 0x00"),
        ("# \x1b[31m\n", "a.thp:1:3: control byte 0x1b"),
        ("+++\nx = 1\n", "a.thp:1:1: the front matter has no end"),
    ],
)
def test_an_error_has_file_line_and_column(text, message):
    with pytest.raises(ScenarioError) as error:
        parse("a.thp", text, complete)
    assert str(error.value).startswith(message)


def test_an_empty_file_is_an_empty_scenario():
    assert parse("a.thp", "", complete).steps == ()


LINES = st.sampled_from(
    [
        "+++",
        "title = 'x'",
        "memory = '2M",
        "# say",
        "echo 'x",
        "for x in 1; do",
        "done",
        "spawn app |",
        "a && b",
        "x $(y",
        "",
    ]
)


def outcome(text):
    """The scenario a text is, or the error it raises."""
    try:
        return parse("a.thp", text, really_complete)
    except ScenarioError as error:
        return error


@given(st.one_of(st.text(), st.lists(LINES, max_size=12).map("\n".join)))
def test_any_text_is_a_scenario_or_an_error_with_its_place(text):
    found = outcome(text)
    if isinstance(found, ScenarioError):
        assert 1 <= found.line <= text.count("\n") + 2
        assert found.column >= 1
        assert str(found).startswith("a.thp:")
    else:
        assert all(step.text.strip() for step in found.steps)


def test_a_command_of_many_lines_ends_somewhere():
    with pytest.raises(ScenarioError, match=r"a\.thp:1:1: the command has no end"):
        parse("a.thp", "echo '\n" + "x\n" * 50_000, really_complete)
