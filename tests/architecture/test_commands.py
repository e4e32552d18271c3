"""Every command explains itself and is tested."""

import re
from pathlib import Path

import pytest

from thpsh.commands import registry
from thpsh.commands.command import GROUPS
from thpsh.line.filters.known import FILTERS

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tested():
    """All text of the tests of commands and scenarios."""
    return "\n".join(path.read_text(encoding="utf-8") for path in (TESTS / "commands").rglob("*.py"))


@pytest.mark.parametrize("name", registry.names())
def test_a_command_has_a_test(name, tested):
    assert re.search(rf"\b{re.escape(name)}\b", tested)


@pytest.mark.parametrize("name", registry.names())
def test_a_command_has_help_and_an_example(name):
    command = registry.find(name)
    assert command.group in GROUPS
    assert command.summary
    assert not re.search(r"\w\.$", command.summary), "a phrase, no sentence"
    assert name in command.example
    text = command.help()
    assert text.startswith("usage: ")
    assert command.summary.split()[0] in text


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_has_a_summary_and_an_example(name):
    assert FILTERS[name].summary
    assert name in FILTERS[name].example


def test_no_command_has_the_name_of_a_filter():
    assert not set(registry.names()) & set(FILTERS)
