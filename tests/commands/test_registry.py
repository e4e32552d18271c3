"""The commands there are."""

import pytest

from thpsh.commands import registry


def test_a_command_is_found_by_its_name():
    assert registry.find("touch").name == "touch"
    assert registry.find("sleep").name == "sleep"


@pytest.mark.parametrize("name", ["", "Touch", "words", "session", "_touch", "touch.x", "../touch", "nonsense"])
def test_a_word_that_is_no_command_finds_nothing(name):
    assert registry.find(name) is None


def test_names_are_sorted_and_hold_only_commands():
    names = registry.names()
    assert list(names) == sorted(names)
    assert {"boot", "mmap", "touch", "quit"} <= set(names)
    assert not {"command", "words", "registry"} & set(names)
