"""grep, egrep and fgrep as coreutils print it."""

import pytest

from tests.line.fake import output, run

LINES = {"/f": "b 2\na 10\nb 2\nc 1\n", "/g": "x:y:z\nplain\n", "/n": "one\ntwo\nthree\nfour\nfive\n"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("grep b /f", "b 2\nb 2\n"),
        ("grep -v b /f", "a 10\nc 1\n"),
        ("grep -c b /f /n", "/f:2\n/n:0\n"),
        ("grep -n o /n", "1:one\n2:two\n4:four\n"),
        ("grep -i ONE /n", "one\n"),
        ("grep -o '[a-z]$' /n", "e\no\ne\nr\ne\n"),
        ("grep -o '^[on]' /n", "o\n"),
        ("echo aaa | grep -o '^a'", "a\n"),
        ("echo 'ab abc ab' | grep -ow ab", "ab\nab\n"),
        ("grep -w on /n || echo none", "none\n"),
        ("grep -x one /n", "one\n"),
        ("grep -h a /f /g", "a 10\nplain\n"),
        ("grep -H a /f", "/f:a 10\n"),
        ("grep -l a /f /g /n", "/f\n/g\n"),
        ("grep -E 'one|two' /n", "one\ntwo\n"),
        ("grep 'one\\|two' /n", "one\ntwo\n"),
        ("grep -e one -e five /n", "one\nfive\n"),
        ("grep -F x:y /g", "x:y:z\n"),
        ("grep -A 1 two /n", "two\nthree\n"),
        ("grep -B 1 -n two /n", "1-one\n2:two\n"),
        ("grep -C 1 -e one -e five /n", "one\ntwo\n--\nfour\nfive\n"),
        ("grep -m 1 o /n", "one\n"),
        ("grep -q one /n && echo found", "found\n"),
        ("grep '^[[:alpha:]]* [[:digit:]]\\+$' /f", "b 2\na 10\nb 2\nc 1\n"),
        ("fgrep . /n || echo none", "none\n"),
        ("grep -s e /n /missing", "/n:one\n/n:three\n/n:five\n"),
    ],
)
def test_grep_prints_what_coreutils_print(line, expected):
    assert output(line, LINES) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("grep -Z a /f", "grep: unknown option -Z"),
        ("grep '[' /f", "grep: '['"),
        ("grep", "grep: expected a pattern"),
        ("grep a", "expected a file, or something before |"),
    ],
)
def test_wrong_use_of_grep_is_named(line, words):
    status, _, err = run(line, LINES)
    assert status == 2
    assert words in err


def test_a_missing_file_is_named_and_the_others_are_read():
    status, out, err = run("grep -h b /f /missing", LINES)
    assert (out, err) == ("b 2\nb 2\n", "grep: /missing: No such file or directory (ENOENT)\n")
    assert status == 0


@pytest.mark.parametrize(("line", "status"), [("grep one /n", 0), ("grep none /n", 1), ("grep one /missing", 2)])
def test_the_status_says_found_not_found_or_trouble(line, status):
    assert run(line, LINES)[0] == status


def test_folders_are_gone_through_with_all_that_is_in_them():
    files = {"/d/a/x": "one\n", "/d/a/y": "two\n", "/d/b": "one\n"}
    assert output("grep -r one /d", files) == "/d/a/x:one\n/d/b:one\n"
    assert output("grep -rh two /d", files) == "two\n"
    assert output("grep -r one /d/b", files) == "/d/b:one\n"
