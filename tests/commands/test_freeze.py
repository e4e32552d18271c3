"""Everything stops."""

from tests.commands.typed import with_app


def test_freeze_stops_everything_until_thaw():
    t = with_app()
    assert t("freeze") == "5 tasks frozen\n"
    assert "disk sleep" in t("ps")
    status, _, errors = t.run("touch app buf")
    assert (status, errors) == (2, "touch: app is frozen: `thaw` lets it go on\n")
    assert t("slots app buf")
    assert t("thaw") == "5 tasks go on\n"
    assert t("touch app buf 4K")
