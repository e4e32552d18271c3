"""The command tick."""

import pytest

from tests.commands.typed import Typed


def test_time_passes_as_long_as_said():
    t = Typed()
    t("tick 500ms; tick 2m; tick 3")
    assert t("uptime") == "up 00:02:03\n"


@pytest.mark.parametrize("word", ["soon", "5x", "-5s"])
def test_a_word_that_is_no_duration_names_itself_and_no_time_passes(word):
    t = Typed()
    assert word in t.fails(f"tick {word}", 2)
    assert t("uptime") == "up 00:00:00\n"
