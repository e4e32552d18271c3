"""The command exit."""

from tests.commands.typed import Typed


def test_exit_without_a_name_leaves():
    t = Typed()
    t("exit; echo not reached")
    assert t.session.leaving
