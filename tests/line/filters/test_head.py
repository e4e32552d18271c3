"""head and tail as coreutils print it."""

import pytest

from tests.line.fake import output, run

LINES = {"/f": "b 2\na 10\nb 2\nc 1\n", "/g": "x:y:z\nplain\n", "/n": "one\ntwo\nthree\nfour\nfive\n"}
ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("head -n 2 /n", "one\ntwo\n"),
        ("head -2 /n", "one\ntwo\n"),
        ("head -c 5 /n", "one\nt"),
        ("head -n -3 /n", "one\ntwo\n"),
        ("tail -n 2 /n", "four\nfive\n"),
        ("tail -n +4 /n", "four\nfive\n"),
        ("head -n 1 /f /g", "==> /f <==\nb 2\n\n==> /g <==\nx:y:z\n"),
    ],
)
def test_head_prints_what_coreutils_print(line, expected):
    assert output(line, LINES) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("head -n x /f", "head: x: expected a number"),
    ],
)
def test_wrong_use_of_head_is_named(line, words):
    status, _, err = run(line, LINES)
    assert status == 2
    assert words in err


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"head -n {ENDLESS} /g", "x:y:z\nplain\n"),
        (f"head -{ENDLESS} /g", "x:y:z\nplain\n"),
        (f"tail -n {ENDLESS} /g", "x:y:z\nplain\n"),
        (f"tail -n +{ENDLESS} /g", ""),
    ],
)
def test_more_lines_than_any_text_has(line, expected):
    assert output(line, LINES) == expected


def test_without_a_number_there_are_ten():
    text = {"/long": "".join(f"{number}\n" for number in range(1, 31))}
    assert output("head /long", text) == "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"
    assert output("tail /long", text).split() == ["21", "22", "23", "24", "25", "26", "27", "28", "29", "30"]


def test_names_stand_above_several_files_unless_quiet():
    assert output("tail -q -n 1 /f /g", LINES) == "c 1\nplain\n"
    assert output("head -v -n 1 /g", LINES) == "==> /g <==\nx:y:z\n"
