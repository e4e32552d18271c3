"""uniq as coreutils print it."""

import pytest

from tests.line.fake import output, run

LINES = {"/f": "b 2\na 10\nb 2\nc 1\n", "/g": "x:y:z\nplain\n", "/n": "one\ntwo\nthree\nfour\nfive\n"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sort /f | uniq -c", "      1 a 10\n      2 b 2\n      1 c 1\n"),
        ("sort /f | uniq -d", "b 2\n"),
    ],
)
def test_uniq_prints_what_coreutils_print(line, expected):
    assert output(line, LINES) == expected


def test_only_neighbours_are_compared():
    assert output("uniq /f", {"/f": "a\nb\na\na\n"}) == "a\nb\na\n"


def test_lines_that_stand_alone_and_letters_of_either_case():
    assert output("uniq -u /f", {"/f": "a\na\nb\n"}) == "b\n"
    assert output("uniq -i /f", {"/f": "a\nA\nb\n"}) == "a\nb\n"


def test_an_unknown_option_is_named():
    assert run("uniq -Z /f", LINES)[::2] == (2, "uniq: unknown option -Z; expected -c -d -u -i\n")
