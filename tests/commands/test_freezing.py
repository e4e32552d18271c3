"""freeze thaw guest prctl"""

import pytest

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


def test_a_guest_says_how_much_it_used():
    t = with_app()
    assert t("guest app buf 64K") == "16 pages used by the guest\n"
    assert t("guest app buf 64K --read") == "16 pages used by the guest\n"


def test_prctl_sets_and_shows_when_errors_are_told():
    t = with_app()
    assert t("prctl app mce_kill") == "default\n"
    t("prctl app mce_kill early; touch app buf 4K; madvise app buf 4K hwpoison")
    assert t("prctl app mce_kill").startswith("early, SIGBUS (AO) at 0x")


@pytest.mark.parametrize("line", ["prctl app mce_kill soon", "prctl app name x", "prctl app"])
def test_prctl_names_what_it_does_not_know(line):
    status, _, errors = with_app().run(line)
    assert (status, errors.startswith("prctl: ")) == (2, True)
