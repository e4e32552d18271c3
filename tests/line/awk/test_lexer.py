"""Tokens of awk."""

import pytest

from thpsh.errors import UsageError
from thpsh.line.awk.lexer import tokens, unescaped


def kinds(program):
    return [token.kind for token in tokens(program)]


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("", ["end"]),
        ("$2 > 0", ["$", "number", ">", "number", "end"]),
        ("a+++b", ["name", "++", "+", "name", "end"]),
        ("a!~b", ["name", "!~", "name", "end"]),
        ("x = 1 # a comment\n", ["name", "=", "number", "\n", "end"]),
        ("BEGIN {print}", ["BEGIN", "{", "print", "}", "end"]),
        ("0x1f 1e3 .5 1.", ["number", "number", "number", "number", "end"]),
        ("a \\\n b", ["name", "name", "end"]),
    ],
)
def test_operators_and_keywords_are_their_own_kind(program, expected):
    assert kinds(program) == expected


def test_a_slash_divides_after_a_value_and_opens_a_pattern_elsewhere():
    assert kinds("a / b / c") == ["name", "/", "name", "/", "name", "end"]
    assert kinds("(a) / 2") == ["(", "name", ")", "/", "number", "end"]
    assert kinds("/b/ && /[/]/") == ["regex", "&&", "regex", "end"]


def test_a_token_keeps_its_text_without_delimiters_and_its_place():
    found = tokens('x ~ /a\\/b/ "q"')
    assert [(token.text, token.place) for token in found] == [("x", 0), ("~", 2), ("a/b", 4), ("q", 11), ("", 14)]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("{ @ }", "'@' at character 3: not understood"),
        ("/abc", "unclosed / at character 1"),
        ('{ print "abc }', "not understood"),
        ("{ getline }", "getline: not known to this awk"),
        ("function f(x) {}", "function: not known to this awk"),
    ],
)
def test_what_is_no_token_is_named(program, message):
    with pytest.raises(UsageError) as error:
        tokens(program)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("typed", "text"), [(r"a\tb", "a\tb"), (r"\"", '"'), (r"\\n", r"\n"), (r"a\nb", "a\nb"), ("plain", "plain")]
)
def test_escapes_in_strings_are_resolved(typed, text):
    assert unescaped(typed) == text
