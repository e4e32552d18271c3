"""The command redo."""

from tests.commands.typed import with_app


def test_redo_repeats_what_was_undone():
    t = with_app()
    t("touch app buf 2M")
    t("undo")
    assert t("slots app buf").startswith(".")
    assert t("redo") == "done again: touch app buf 2M\n"
    assert t("slots app buf").startswith("H")
    assert t.fails("redo", 2) == "redo: nothing to do again\n"
