"""The command quit."""

from tests.commands.typed import with_app


def test_nothing_runs_after_quit():
    t = with_app()
    assert t("quit; echo not reached") == ""
    assert t.session.leaving


def test_quit_takes_no_words():
    t = with_app()
    assert "'now': expected no such word" in t.fails("quit now", 2)
    assert not t.session.leaving
