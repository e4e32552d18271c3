"""sort as coreutils print it."""

import pytest

from tests.line.fake import output, run

LINES = {"/f": "b 2\na 10\nb 2\nc 1\n", "/g": "x:y:z\nplain\n", "/n": "one\ntwo\nthree\nfour\nfive\n"}
ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sort /f", "a 10\nb 2\nb 2\nc 1\n"),
        ("sort -k2 -n /f", "c 1\nb 2\nb 2\na 10\n"),
        ("sort -k2nr /f | head -1", "a 10\n"),
        ("sort -u /f", "a 10\nb 2\nc 1\n"),
        ("printf 'b\nA\nC\na\n' | sort -f", "A\na\nb\nC\n"),
        ("printf ' b\na\n  c\n' | sort -b", "a\n b\n  c\n"),
        ("printf 'b 1\na 1\nc 0\n' | sort -s -k 2,2", "c 0\nb 1\na 1\n"),
        ("sort -t : -k 2 /g", "plain\nx:y:z\n"),
        ("printf '2M\n10K\n1G\n' | sort -h", "10K\n2M\n1G\n"),
    ],
)
def test_sort_prints_what_coreutils_print(line, expected):
    assert output(line, LINES) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sort -k 0 /f", "sort: -k 0"),
        ("sort -V /f", "sort: unknown option -V"),
    ],
)
def test_wrong_use_of_sort_is_named(line, words):
    status, _, err = run(line, LINES)
    assert status == 2
    assert words in err


def test_a_field_that_no_line_has_is_refused():
    status, _, err = run(f"sort -k {ENDLESS} /g", LINES)
    assert status == 2
    assert "expected" in err


def test_equal_keys_keep_to_the_order_of_whole_lines():
    assert output("sort -k 2,2 /k", {"/k": "b 1\na 1\nc 0\n"}) == "c 0\na 1\nb 1\n"


def test_words_count_as_zero_among_numbers():
    assert output("sort -n /w", {"/w": "1\nword\n-1\n"}) == "-1\nword\n1\n"
