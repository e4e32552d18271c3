"""cut as coreutils print it."""

import pytest

from tests.line.fake import output, run

LINES = {"/f": "b 2\na 10\nb 2\nc 1\n", "/g": "x:y:z\nplain\n", "/n": "one\ntwo\nthree\nfour\nfive\n"}
ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cut -d : -f 2 /g", "y\nplain\n"),
        ("cut -d ' ' -f 1,2 /f | head -1", "b 2\n"),
        ("cut -c 2- /n | head -1", "ne\n"),
    ],
)
def test_cut_prints_what_coreutils_print(line, expected):
    assert output(line, LINES) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cut /f", "cut: expected one of -f LIST or -c LIST"),
        ("cut -f 3-x /f", "cut: '3-x'"),
    ],
)
def test_wrong_use_of_cut_is_named(line, words):
    status, _, err = run(line, LINES)
    assert status == 2
    assert words in err


def test_a_place_that_no_text_has_is_refused():
    status, _, err = run(f"cut -c {ENDLESS} /g", LINES)
    assert status == 2
    assert "expected" in err


def test_lines_without_the_delimiter_pass_unless_refused():
    assert output("cut -s -d : -f 1 /g", LINES) == "x\n"


def test_fields_come_in_the_order_of_the_line_and_end_where_it_ends():
    assert output("cut -d : -f 3,1 /g", LINES) == "x:z\nplain\n"
    assert output("cut -d : -f -2,9 /g", LINES) == "x:y\nplain\n"


def test_a_delimiter_is_one_character():
    assert run("cut -d ab -f 1 /g", LINES)[2] == "cut: -d 'ab': expected one character\n"
