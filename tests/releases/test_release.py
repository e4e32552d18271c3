"""Names of kernels."""

import pytest

from thpsh.errors import UsageError
from thpsh.releases.release import parse


@pytest.mark.parametrize(
    ("word", "uname", "built"),
    [
        ("3.0", "3.0.0", "Fri Jul 22 02:17:23 UTC 2011"),
        ("3.0.0", "3.0.0", "Fri Jul 22 02:17:23 UTC 2011"),
        ("3.0-rc4", "3.0.0-rc4", "Tue Jun 21 00:00:00 UTC 2011"),
        ("2.6.38-rc1", "2.6.38-rc1", "Tue Jan 18 00:00:00 UTC 2011"),
        ("2.6.39", "2.6.39", "Thu May 19 04:06:34 UTC 2011"),
        ("3.1", "3.1.0", "Mon Oct 24 07:10:05 UTC 2011"),
    ],
)
def test_names_of_kernels(word, uname, built):
    release = parse(word)
    assert (release.uname, release.built) == (uname, built)


@pytest.mark.parametrize("word", ["", "4.0", "3.0-rc99", "2.6.36", "3", "3.0-rc0", "2.6.38-rc", "latest"])
def test_unknown_kernels_are_named(word):
    with pytest.raises(UsageError, match=r"expected 2\.6\.37"):
        parse(word)


def test_releases_are_ordered_as_they_came():
    words = ["2.6.37", "2.6.38-rc1", "2.6.38-rc8", "2.6.38", "2.6.39-rc1", "2.6.39", "3.0-rc4", "3.0", "3.1-rc1", "3.1"]
    later_first = words[::-1]
    assert sorted(later_first, key=parse) == words
    assert parse("3.1-rc10") > parse("3.1-rc9")


def test_the_usual_name_leads_back():
    for word in ("2.6.38", "2.6.39-rc4", "3.0", "3.1-rc10"):
        assert parse(word).text == word
    assert parse("3.0.0-rc7").text == "3.0-rc7"
