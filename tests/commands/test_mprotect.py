"""The command mprotect."""

import pytest

from tests.commands.typed import with_app


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mprotect app buf 4K w", "'w': expected none, r or rw"),
    ],
)
def test_wrong_words_name_themselves_and_change_nothing(line, words):
    t = with_app()
    before = t("cat /proc/app/maps /proc/app/smaps /proc/vmstat")
    assert words in t.fails(line, 2)
    assert t("cat /proc/app/maps /proc/app/smaps /proc/vmstat") == before


@pytest.mark.parametrize(
    ("line", "errno"),
    [
        ("mprotect app 0x1000 4K r", "ENOMEM"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    name = line.split()[0]
    err = with_app().fails(line)
    assert err.startswith(f"{name}: ")
    assert f"({errno})" in err


def test_mprotect_of_a_whole_huge_page_does_not_split():
    t = with_app()
    t("touch app buf 4M; mprotect app buf 2M r")
    assert t("slots app buf").startswith("HH")
    t("mprotect app buf+2M 4K r")
    assert t("slots app buf").startswith("HF")
