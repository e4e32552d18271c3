"""POSIX patterns: basic, extended, classes, and what is no pattern."""

import pytest

from thpsh.errors import UsageError
from thpsh.line.filters.regex import compiled


def found(pattern, text, **how):
    match = compiled(pattern, **{"extended": False, **how}).search(text)
    return match and match[0]


@pytest.mark.parametrize(
    ("pattern", "text", "part"),
    [
        ("a+", "aa+", "a+"),
        (r"a\+", "aa+", "aa"),
        ("a|b", "b", None),
        (r"a\|b", "b", "b"),
        ("(a)", "(a)", "(a)"),
        (r"\(a\)\1", "aa", "aa"),
        ("a{2}", "aa", None),
        (r"a\{2\}", "aaa", "aa"),
        ("*a", "*a", "*a"),
        ("^*a", "*a", "*a"),
        (r"\<b\>", "ab b", "b"),
        ("a.c", "abc", "abc"),
        (r"a\.c", "abc", None),
    ],
)
def test_basic_patterns_write_operators_with_a_backslash(pattern, text, part):
    assert found(pattern, text) == part


@pytest.mark.parametrize(
    ("pattern", "text", "part"),
    [("a+", "aa+", "aa"), (r"a\+", "aa+", "a+"), ("a|b", "b", "b"), ("(ab){2}", "abab", "abab"), (r"\(", "(", "(")],
)
def test_extended_patterns_write_them_bare(pattern, text, part):
    assert found(pattern, text, extended=True) == part


@pytest.mark.parametrize(
    ("pattern", "text", "part"),
    [
        ("[[:digit:]]*", "42x", "42"),
        ("[^[:space:]]*", "ab c", "ab"),
        ("[[:upper:]_]*", "A_Bc", "A_B"),
        ("[]x]*", "]x[", "]x"),
        ("[^]]*", "ab]", "ab"),
        (r"[\n]", "\\", "\\"),
        ("[a-c]*", "cabd", "cab"),
    ],
)
def test_brackets_hold_classes_ranges_and_themselves(pattern, text, part):
    assert found(pattern, text) == part


def test_a_fixed_pattern_is_text():
    assert found("a.*", "xa.*", fixed=True) == "a.*"
    assert found("a.c", "abc", fixed=True) is None


def test_the_case_of_letters_can_be_passed_over():
    assert found("HUGE", "AnonHugePages", ignore_case=True) == "Huge"
    assert found("HUGE", "AnonHugePages") is None


@pytest.mark.parametrize("pattern", [r"\(", "[", "*" * 3 + r"\("])
def test_what_is_no_pattern_names_itself(pattern):
    with pytest.raises(UsageError, match="not a pattern") as error:
        compiled(pattern, extended=False)
    assert repr(pattern) in str(error.value)


def test_an_unknown_class_is_named():
    with pytest.raises(UsageError, match=r"\[:vowel:\]: not a character class; expected one of alnum, alpha"):
        compiled("[[:vowel:]]", extended=False)
