"""Numbers, strings, and strings that look like numbers."""

import math

import pytest

from thpsh.errors import UsageError
from thpsh.line.awk.values import (
    Input,
    arguments_of,
    arithmetic,
    compare,
    formatted,
    number,
    operate,
    text,
    true,
    whole,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2.5, 2.5), ("12kB", 12.0), ("  -3e2x", -300.0), (".5", 0.5), ("kB", 0.0), ("", 0.0), ("+7", 7.0)],
)
def test_a_number_is_what_a_string_begins_with(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3.0, "3"), (-0.5, "-0.5"), (1 / 3, "0.333333"), (1e20, "1" + "0" * 20), (1e31, "1e+31"), (math.inf, "inf")],
)
def test_whole_numbers_have_no_point(value, expected):
    assert text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, False), (0.1, True), ("", False), ("0", True), (Input("0"), False), (Input(" 0.0 "), False),
     (Input("0x"), True), (Input(""), False)],
)  # fmt: skip
def test_a_zero_from_input_is_false_but_a_typed_string_is_not(value, expected):
    assert true(value) is expected


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        (Input("10"), Input("9"), 1),
        ("10", "9", -1),
        (Input("10"), "9", -1),
        (10.0, Input("10.0"), 0),
        (Input("abc"), 5.0, 1),
        (Input(""), 0.0, 0),
    ],
)
def test_input_that_looks_like_numbers_is_compared_as_numbers(left, right, order):
    assert compare(left, right) == order


@pytest.mark.parametrize(
    ("pattern", "arguments", "expected"),
    [
        ("%d|%5d|%-5d|%05d", [3.9, 4.0, 5.0, 6.0], "3|    4|5    |00006"),
        ("%s %s", ["a"], "a "),
        ("%x %o %X", [255.0, 8.0, 255.0], "ff 10 FF"),
        ("%.2f %e", [1.005, 12345.0], "1.00 1.234500e+04"),
        ("%c%c", ["xyz", 65.0], "xA"),
        ("%5.1f%%", [12.34], " 12.3%"),
        ("%*d|%-*d|", [4.0, 7.0, 3.0, 1.0], "   7|1  |"),
        ("%d", ["12kB"], "12"),
        ("%d", [math.nan], "0"),
    ],
)
def test_printf_fills_in_its_format(pattern, arguments, expected):
    assert formatted(pattern, arguments) == expected


@pytest.mark.parametrize(("pattern", "word"), [("%z", "%z"), ("%99999d", "%99999d"), ("%.99999f", "%.99999f")])
def test_a_conversion_that_is_none_or_too_wide_names_itself(pattern, word):
    with pytest.raises(UsageError, match=rf"printf: {word}"):
        formatted(pattern, [1.0])


@pytest.mark.parametrize(("pattern", "count"), [("", 0), ("100%%", 0), ("%s-%d", 2), ("%*.*f", 3)])
def test_a_format_says_how_many_arguments_it_takes(pattern, count):
    assert arguments_of(pattern) == count


def test_whole_numbers_end_at_64_bits():
    assert (whole(-7.9), whole(None), whole("x")) == (-7, 0, 0)
    assert (whole(math.inf), whole(-math.inf)) == (2**63 - 1, -(2**63) + 1)


@pytest.mark.parametrize(
    ("operator", "left", "right", "expected"),
    [("+", "3", 4.0, 7.0), ("%", -7.0, 3.0, -1.0), ("^", 2.0, 10.0, 1024.0), ("/", 1.0, 4.0, 0.25),
     ("^", 10.0, 999.0, math.inf)],
)  # fmt: skip
def test_arithmetic_is_that_of_c(operator, left, right, expected):
    assert arithmetic(operator, left, right) == expected


@pytest.mark.parametrize("operator", ["/", "%"])
def test_division_by_zero_shows_its_operands(operator):
    with pytest.raises(UsageError, match=rf"division by zero in 5 {operator} 0"):
        arithmetic(operator, 5.0, "x")


def test_a_blank_joins_and_comparisons_are_1_or_0():
    assert operate(" ", 1.0, "b") == "1b"
    assert operate("<", 1.0, 2.0) == 1.0
    assert operate(">=", 1.0, 2.0) == 0.0
    assert operate("*", 3.0, 2.0) == 6.0
