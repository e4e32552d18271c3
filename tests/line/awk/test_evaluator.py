"""Variables, fields and arrays under evaluation."""

import pytest

from thpsh.errors import UsageError
from thpsh.line.awk.evaluator import Evaluator
from thpsh.line.awk.expressions import Expressions
from thpsh.line.awk.lexer import tokens
from thpsh.line.awk.values import text


def evaluator(line="a 10 kB", **variables):
    found = Evaluator(variables)
    found.set_line(line)
    return found


def value(found, *expressions):
    """The value of the last of some expressions, as text."""
    result = ""
    for each in expressions:
        result = text(found.value(Expressions(tokens(each)).expression()))
    return result


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$1", "a"),
        ("$0", "a 10 kB"),
        ("$NF", "kB"),
        ("$9", ""),
        ("$2 > 9", "1"),
        ("unset + 1", "1"),
        ("/10/", "1"),
        ("$1 ~ /b/", "0"),
        ('$1 !~ "b"', "1"),
        ("length", "7"),
        ("1 ? 2 : 3", "2"),
        ('"a" < "b" && 0', "0"),
        ("!0 || nothing", "1"),
    ],
)
def test_expressions_look_at_the_line(expression, expected):
    assert value(evaluator(), expression) == expected


def test_a_changed_field_makes_a_new_line_and_a_new_line_new_fields():
    found = evaluator(OFS="-")
    assert value(found, '$2 = "x"', "$0") == "a-x-kB"
    assert value(found, "$5 = 1", "$0") == "a-x-kB--1"
    assert value(found, "NF") == "5"
    assert value(found, '$0 = "only two"', "NF") == "2"
    assert value(found, "NF = 1", "$0") == "only"


def test_steps_give_the_value_before_or_after():
    found = evaluator()
    assert value(found, "i++", "i") == "1"
    assert value(found, "i++") == "1"
    assert value(found, "++i") == "3"
    assert value(found, "i--", "i -= 5", "i") == "-3"


def test_arrays_know_their_keys():
    found = evaluator()
    value(found, 'a["x"] = 1', "a[1, 2] = 3")
    assert value(found, '"x" in a') == "1"
    assert value(found, '"y" in a') == "0"
    assert value(found, "a[1, 2]") == "3"
    assert value(found, "length(a)") == "2"


def test_matching_and_replacing_say_where_and_how_often():
    found = evaluator()
    assert value(found, 's = "banana"', 'match(s, "an+")') == "2"
    assert value(found, "RSTART RLENGTH") == "22"
    assert value(found, 'match(s, "x")', "RSTART RLENGTH") == "0-1"
    assert value(found, 'gsub(/an/, "<&>", s)') == "2"
    assert value(found, "s") == "b<an><an>a"
    assert value(found, 'sub(/a/, "\\\\&")', "$0") == "& 10 kB"
    assert value(found, 'split("x:y", parts, ":") parts[2]') == "2y"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("$(0 - 1)", r"\$-1: expected no negative field"),
        ("$(0 - 1) = 2", "expected a field of 0 to"),
        ("$999999 = 1", "expected a field of 0 to 100000"),
        ("NF = 0 - 1", "NF -1: expected 0 to"),
        ('split("a", 5)', "expected the name of an array"),
        ("1 / 0", "division by zero"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(expression, message):
    with pytest.raises(UsageError, match=message):
        value(evaluator(), expression)


def test_variables_from_outside_look_like_input():
    assert value(evaluator(limit="10"), "limit > 9") == "1"
