"""The command run."""

from tests.commands.typed import Typed


def test_run_of_an_unknown_scenario_is_named():
    assert "no such file" in Typed().fails("run nothing", 2)
