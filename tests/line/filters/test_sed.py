"""sed as coreutils print it."""

import pytest

from tests.line.fake import output, run

LINES = {"/f": "b 2\na 10\nb 2\nc 1\n", "/g": "x:y:z\nplain\n", "/n": "one\ntwo\nthree\nfour\nfive\n"}
ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sed s/o/0/ /n | head -2", "0ne\ntw0\n"),
        ("echo aaa | sed 's/a/b/g'", "bbb\n"),
        ("echo abc | sed 's|b|[&]|'", "a[b]c\n"),
        ("sed -n 2,3p /n", "two\nthree\n"),
        ("sed -n '/^f/p' /n", "four\nfive\n"),
        ("sed '$d' /f | wc -l", "3\n"),
        ("echo 'a b' | sed 's/\\(a\\) \\(b\\)/\\2 \\1/'", "b a\n"),
    ],
)
def test_sed_prints_what_coreutils_print(line, expected):
    assert output(line, LINES) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sed y/a/b/ /f", "sed: 'y/a/b/'"),
    ],
)
def test_wrong_use_of_sed_is_named(line, words):
    status, _, err = run(line, LINES)
    assert status == 2
    assert words in err


def test_a_line_that_no_text_has_is_refused():
    status, _, err = run(f"sed -n {ENDLESS}p /g", LINES)
    assert status == 2
    assert "expected" in err


def test_edits_follow_each_other_and_p_prints_what_was_changed():
    assert output("echo ab | sed -e s/a/b/ -e s/b/c/g") == "cc\n"
    assert output("sed -n s/o/0/p /n", LINES) == "0ne\ntw0\nf0ur\n"


def test_lines_are_deleted_by_number_and_by_pattern():
    assert output("sed '2,4d' /n", LINES) == "one\nfive\n"
    assert output("sed /o/d /n", LINES) == "three\nfive\n"


def test_a_replacement_that_names_no_group_is_refused():
    status, _, err = run("echo a | sed 's/a/\\1/'")
    assert status == 2
    assert "not a replacement" in err
