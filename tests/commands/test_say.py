"""The command say."""

import pytest

from tests.commands.typed import Typed


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("say look at this", "look at this\n"),
        ("say   a    b", "a b\n"),
        ('say a "q  z"', "a q  z\n"),
        ("say --json -x", "--json -x\n"),
        ("say", "\n"),
    ],
)
def test_say_prints_its_words(line, printed):
    assert Typed()(line) == printed


def test_say_changes_nothing_that_undo_would_take_back():
    t = Typed()
    t("spawn app; say done; undo")
    assert "app" not in t("ps")
