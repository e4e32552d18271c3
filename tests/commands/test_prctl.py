"""What a process wants to hear of memory errors."""

import pytest

from tests.commands.typed import with_app


def test_prctl_sets_and_shows_when_errors_are_told():
    t = with_app()
    assert t("prctl app mce_kill") == "default\n"
    t("prctl app mce_kill early; touch app buf 4K; madvise app buf 4K hwpoison")
    assert t("prctl app mce_kill").startswith("early, SIGBUS (AO) at 0x")


@pytest.mark.parametrize("line", ["prctl app mce_kill soon", "prctl app name x", "prctl app"])
def test_prctl_names_what_it_does_not_know(line):
    status, _, errors = with_app().run(line)
    assert (status, errors.startswith("prctl: ")) == (2, True)
