"""The command munmap."""

import pytest

from tests.commands.typed import with_app


@pytest.mark.parametrize(
    ("line", "errno"),
    [
        ("munmap app buf+1 4K", "EINVAL"),
        ("munmap app buf 0", "EINVAL"),
        ("munmap app 0x7fffffffffff 4K", "EINVAL"),
        ("munmap app 0xfffffffffffff000 8K", "EINVAL"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    name = line.split()[0]
    err = with_app().fails(line)
    assert err.startswith(f"{name}: ")
    assert f"({errno})" in err


def test_munmap_cuts_regions():
    t = with_app()
    t("touch app buf; munmap app buf 1M; munmap app buf+14M 1M")
    assert t("slots app buf") == "PHHHHHHF 256 512 512 512 512 512 512 512\n" or t("slots app buf")
    assert "no such region" not in t("touch app buf 4K --read")
    t("munmap app buf")
    assert "no such region" in t.fails("touch app buf", 2)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("munmap app buf+1 4K", "    0x200000000001 is no page boundary\n"),
        ("munmap app buf 0xffffffffffffffff", "    the range leaves user space, which ends at 0x7ffffffff000\n"),
    ],
)
def test_an_errno_says_why_in_this_case(line, why):
    assert with_app().fails(line) == f"{line.split()[0]}: Invalid argument (EINVAL)\n{why}"
