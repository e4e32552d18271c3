"""The command madvise."""

import pytest

from tests.commands.typed import with_app


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("madvise app buf 4K later", "'later': expected normal"),
        ("madvise app buf -4K hugepage", "'-4K': expected a size"),
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
        ("madvise app buf 4K 99", "EINVAL"),
        ("madvise app buf+1 4K hugepage", "EINVAL"),
        ("madvise app buf 4K willneed", "EBADF"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    name = line.split()[0]
    err = with_app().fails(line)
    assert err.startswith(f"{name}: ")
    assert f"({errno})" in err


@pytest.mark.parametrize(("word", "advice"), [("-1", "-1"), ("4294967295", "-1"), ("99", "99")])
def test_an_advice_is_an_int(word, advice):
    assert f"knows no advice {advice}\n" in with_app().fails(f"madvise app buf 4K {word}")


def test_madvise_takes_words_and_numbers():
    t = with_app()
    t("madvise app buf 4M hugepage; madvise app buf+4M 4M 15")
    out = t("maps app")
    assert " hugepage " in out
    assert " nohugepage " in out
