"""The command help."""

import pytest

from tests.commands.typed import Typed
from thpsh.commands import registry


def test_help_lists_every_command_in_its_group():
    out = Typed()("help")
    for name in registry.names():
        assert f"  {name:<12} " in out


@pytest.mark.parametrize("name", registry.names())
def test_help_shows_words_and_an_example(name):
    out = Typed()(f"help {name}")
    assert out.startswith(f"usage: {name}")
    assert "example: " in out
    assert "no such command" in Typed().fails("help nonsense", 2)
