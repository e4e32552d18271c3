"""tr as coreutils print it."""

import pytest

from tests.line.fake import output, run

LINES = {"/f": "b 2\na 10\nb 2\nc 1\n", "/g": "x:y:z\nplain\n", "/n": "one\ntwo\nthree\nfour\nfive\n"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("echo hello | tr a-y b-z", "ifmmp\n"),
        ("echo hello | tr '[:lower:]' '[:upper:]'", "HELLO\n"),
        ("echo 'a  b' | tr -s ' '", "a b\n"),
        ("echo hello | tr -d l", "heo\n"),
        ("echo a1b2 | tr -cd '0-9\\n'", "12\n"),
    ],
)
def test_tr_prints_what_coreutils_print(line, expected):
    assert output(line, LINES) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("echo a | tr z-a b", "tr: z-a"),
        ("echo a | tr", "tr: expected SET1"),
    ],
)
def test_wrong_use_of_tr_is_named(line, words):
    status, _, err = run(line, LINES)
    assert status == 2
    assert words in err


def test_the_last_character_of_the_second_set_stands_for_all_missing_ones():
    assert output("echo abcd | tr a-d xy") == "xyyy\n"


def test_escapes_and_unknown_classes():
    assert output("echo 'a b' | tr ' ' '\\n'") == "a\nb\n"
    assert "[:vowel:]: not a character class" in run("echo a | tr -d '[:vowel:]'")[2]


def test_translating_and_squeezing_in_one_go():
    assert output("echo aabbc | tr -s ab xy") == "xyc\n"
