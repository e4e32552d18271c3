"""Values compared as a reader would."""

import pytest

from thpsh.errors import UsageError
from thpsh.scenario.comparison import check_wanted, difference, holds


@pytest.mark.parametrize(
    ("found", "op", "wanted"),
    [
        ("8192 kB", "==", "8192 kB"),
        ("    8192 kB", "==", "8M"),
        ("8192 kB", "==", "8192"),
        ("8192 kB", "!=", "8191 kB"),
        ("512", "==", "0x200"),
        ("12", "<", "13"),
        ("13", "<=", "13"),
        ("2048 kB", ">=", "2M"),
        ("2048 kB", ">", "2047"),
        ("-3", "<", "0"),
        ("12.50", "==", "12.5"),
        ("[always] madvise never", "==", "[always] madvise never"),
        ("a   b", "==", "a b"),
        ("HHHH", "!=", "HHH."),
        ("always [madvise] never", "contains", "[madvise]"),
        ("one\ntwo 22\n", "matches", r"^two \d+$"),
    ],
)
def test_what_is_true_holds(found, op, wanted):
    assert holds(found, op, wanted)


@pytest.mark.parametrize(
    ("found", "op", "wanted"),
    [
        ("8192 kB", "==", "8192 MB"),
        ("8192 kB", "==", "8M 1"),
        ("1", "==", "2"),
        ("1", "!=", "1"),
        ("8192 kB", "!=", "8M"),
        ("13", "<", "13"),
        ("HHHH", ">", "3"),
        ("HHHH", "==", "hhhh"),
        ("always [madvise] never", "contains", "[always]"),
        ("one", "matches", "^two"),
    ],
)
def test_what_is_false_does_not_hold(found, op, wanted):
    assert not holds(found, op, wanted)


def test_a_difference_keeps_the_unit():
    assert difference("8192 kB", "6144 kB") == "2048 kB"
    assert difference("3", "5") == "-2"


def test_a_difference_of_words_is_refused():
    with pytest.raises(UsageError, match="expected numbers"):
        difference("HHHH", "1")


@pytest.mark.parametrize(("op", "wanted"), [("<", "many"), ("+=", "8 MB"), (">=", ""), ("matches", "(")])
def test_a_value_that_cannot_be_compared_names_itself(op, wanted):
    with pytest.raises(UsageError) as error:
        check_wanted(op, wanted)
    assert repr(wanted) in str(error.value)
