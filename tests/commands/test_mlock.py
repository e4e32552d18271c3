"""The command mlock."""

import pytest

from tests.commands.typed import with_app


@pytest.mark.parametrize(
    ("line", "errno"),
    [
        ("mlock app 0x1000 4K", "ENOMEM"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    name = line.split()[0]
    err = with_app().fails(line)
    assert err.startswith(f"{name}: ")
    assert f"({errno})" in err
