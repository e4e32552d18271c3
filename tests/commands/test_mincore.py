"""The command mincore."""

import pytest

from tests.commands.typed import with_app


@pytest.mark.parametrize(
    ("line", "errno"),
    [
        ("mincore app 0x1000 4K", "ENOMEM"),
        ("mincore app buf+1 4K", "EINVAL"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    name = line.split()[0]
    err = with_app().fails(line)
    assert err.startswith(f"{name}: ")
    assert f"({errno})" in err


def test_mincore_sees_touched_pages():
    t = with_app()
    t("touch app buf 4K")
    assert t("mincore app buf") == "512 of 4096 pages resident\n"
