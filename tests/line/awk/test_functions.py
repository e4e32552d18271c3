"""Built-in functions of awk by themselves."""

import math

import pytest

from thpsh.errors import UsageError
from thpsh.line.awk.functions import PLAIN, pattern_of, split, strtonum


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("substr", ["hello", 2.0, 3.0], "ell"),
        ("substr", ["hello", 0.0, 3.0], "he"),
        ("substr", ["hello", -1.0], "hello"),
        ("substr", ["hello", 4.0, -1.0], ""),
        ("substr", ["hello", 1.6, 1.0], "e"),
        ("substr", ["hello", 9.0], ""),
        ("index", ["abcabc", "ca"], 3.0),
        ("index", ["abc", "x"], 0.0),
        ("toupper", ["aB1"], "AB1"),
        ("tolower", ["aB1"], "ab1"),
        ("int", ["-3.9kB"], -3.0),
        ("int", [math.inf], math.inf),
        ("sprintf", ["%s=%d", "a", 5.0], "a=5"),
        ("sqrt", [16.0], 4.0),
        ("strtonum", [" 0x1F "], 31.0),
    ],
)
def test_a_function_gives_what_awk_gives(name, arguments, expected):
    assert PLAIN[name](arguments) == expected


def test_the_root_of_a_negative_number_is_refused():
    with pytest.raises(UsageError, match="sqrt: -4: expected no negative number"):
        PLAIN["sqrt"]([-4.0])


@pytest.mark.parametrize(("word", "value"), [("0x10", 16.0), ("0xzz", 0.0), ("017", 17.0), ("2M", 2.0), ("", 0.0)])
def test_a_word_is_a_number_in_hexadecimal_too(word, value):
    assert strtonum(word) == value


@pytest.mark.parametrize(
    ("string", "separator", "parts"),
    [
        ("  a  b ", " ", ["a", "b"]),
        ("a::b", ":", ["a", "", "b"]),
        ("a.b", ".", ["a", "b"]),
        ("a12b3c", "[0-9]+", ["a", "b", "c"]),
        ("abc", "", ["a", "b", "c"]),
        ("", ":", []),
    ],
)
def test_a_string_is_split_at_blanks_a_character_or_a_pattern(string, separator, parts):
    assert split(string, separator) == parts


def test_patterns_are_extended_ones():
    assert pattern_of("(a|b)+").fullmatch("abba")
