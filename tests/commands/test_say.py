"""The command say."""

from tests.commands.typed import Typed


def test_say_prints():
    assert Typed()("say look at this") == "look at this\n"
