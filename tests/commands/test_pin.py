"""The command pin."""

import pytest

from tests.commands.typed import with_app


@pytest.mark.parametrize(
    ("line", "errno"),
    [
        ("pin app 0x1000 4K", "EFAULT"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    name = line.split()[0]
    err = with_app().fails(line)
    assert err.startswith(f"{name}: ")
    assert f"({errno})" in err


def test_pinned_pages_are_held_until_unpin():
    t = with_app()
    assert t("pin app buf 64K") == "16 pages pinned\n"
    assert t("unpin app") == "16 pages let go\n"
