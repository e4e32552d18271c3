"""The command mremap."""

import pytest

from tests.commands.typed import with_app


@pytest.mark.parametrize(
    ("line", "errno"),
    [
        ("mremap app buf+1 4K 8K", "EINVAL"),
        ("mremap app 0x1000 4K 8K", "EFAULT"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    name = line.split()[0]
    err = with_app().fails(line)
    assert err.startswith(f"{name}: ")
    assert f"({errno})" in err


def test_mremap_moves_names_along():
    t = with_app()
    t("touch app buf 4M")
    assert t("mremap app buf 16M 20M") == "buf: 0x200000000000, 20M\n"
    assert t("mremap app buf 2M 2M --to moved") == "moved: 0x200100000000, 2M\n"
    assert t("slots app moved") == "F 512\n"
    assert t("slots app buf").startswith("H")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("mremap app buf+1 4K 8K", "    0x200000000001 is no page boundary\n"),
    ],
)
def test_an_errno_says_why_in_this_case(line, why):
    assert with_app().fails(line) == f"{line.split()[0]}: Invalid argument (EINVAL)\n{why}"


def test_a_region_cannot_move_to_a_name_that_exists_by_itself():
    assert "'heap': exists by itself" in with_app().fails("mremap app buf 16M 16M --to heap", 2)
