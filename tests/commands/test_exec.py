"""The command exec."""

from tests.commands.typed import with_app


def test_exec_forgets_the_regions():
    t = with_app()
    t("exec app --args 64K")
    assert "no such region" in t.fails("touch app buf", 2)
    assert "(E2BIG)" in t.fails("exec app --args 1G")
