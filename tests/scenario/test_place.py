"""Mistakes get the place they have in their file."""

import pytest

from thpsh.errors import UsageError
from thpsh.scenario.place import ScenarioError, placed


def raised(message, line=7, column=3, error=UsageError):
    with pytest.raises(ScenarioError) as caught, placed("a.thp", line, column):
        raise error(message)
    return caught.value


def test_a_mistake_about_a_command_is_where_the_command_begins():
    found = raised("touch: expected PROC")
    assert str(found) == "a.thp:7:3: touch: expected PROC"
    assert (found.file, found.line, found.column, found.said) == ("a.thp", 7, 3, "touch: expected PROC")


def test_a_place_inside_the_command_counts_from_its_first_line():
    assert str(raised("column 9: unclosed quote")) == "a.thp:7:9: unclosed quote"
    assert str(raised("line 2, column 4: |: expected a command")) == "a.thp:8:4: |: expected a command"


def test_a_mistake_with_a_place_keeps_it():
    with pytest.raises(ScenarioError, match=r"^inner\.thp:1:1: x$"), placed("outer.thp", 5):
        raise ScenarioError("inner.thp", 1, 1, "x")


def test_other_errors_pass():
    with pytest.raises(KeyError), placed("a.thp", 1):
        raise KeyError("x")
