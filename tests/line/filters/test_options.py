"""Options of filters: letters together, values, and what is no option."""

import pytest

from thpsh.errors import UsageError
from thpsh.line.filters.options import Options


def options(*words, flags="ab", valued="nx"):
    return Options(["filter", *words], flags, valued)


def test_letters_can_stand_together_and_the_last_can_have_a_value():
    found = options("-abn5", "file")
    assert "a" in found
    assert "b" in found
    assert found.value("n") == "5"
    assert found.rest == ["file"]


def test_a_value_can_be_a_word_of_its_own_and_the_last_one_counts():
    found = options("-n", "1", "-n", "-2")
    assert found.values["n"] == ["1", "-2"]
    assert found.value("n") == "-2"


def test_what_was_not_given_is_not_set():
    found = options()
    assert "a" not in found
    assert found.value("n", "7") == "7"
    assert found.number("n", 3) == 3


def test_words_after_two_dashes_and_a_dash_alone_are_no_options():
    assert options("-", "--", "-a").rest == ["-", "-a"]


def test_a_number_with_a_dash_is_the_option_of_head():
    assert options("-12", valued="n#").value("#") == "12"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-z",), "unknown option -z; expected -a -b -n -x"),
        (("-az",), "unknown option -z; expected -a -b -n -x"),
        (("--all",), "unknown option --all; expected -a -b -n -x"),
        (("-12",), "unknown option -1; expected -a -b -n -x"),
        (("-n",), "-n: expected a value"),
    ],
)
def test_what_is_not_known_is_named(words, message):
    with pytest.raises(UsageError) as error:
        options(*words)
    assert str(error.value) == message


@pytest.mark.parametrize("word", ["-1", "x", "1.5", "\u0663", "9" * 19])
def test_a_number_is_whole_and_not_negative(word):
    with pytest.raises(UsageError, match="expected a number"):
        options("-n", word).number("n", 0)
