"""Words become arguments: variables, blanks, path patterns."""

import fnmatch

import pytest

from thpsh.line.expansion import Expander
from thpsh.line.lexer import Lexer

PATHS = ["/proc/meminfo", "/proc/mounts", "/sys/a*b", "/sys/axb"]
VARIABLES = {"x": "5", "two": "a b", "edges": " a b ", "star": "/proc/m*", "empty": "", "out": "one two\n\n"}


def glob(pattern):
    return [path for path in PATHS if fnmatch.fnmatchcase(path, pattern)]


def expander():
    return Expander(VARIABLES, glob, lambda name: VARIABLES[name])


def words(text):
    return [token.word for token in Lexer(text, lambda inside: inside).tokens() if token.word]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("a b", ["a", "b"]),
        ("$x${x}0", ["550"]),
        ("'$x' \"$x\"", ["$x", "5"]),
        ("$two", ["a", "b"]),
        ('"$two"', ["a b"]),
        ("1$two'2'", ["1a", "b2"]),
        ("1${edges}2", ["1", "a", "b", "2"]),
        ("$empty $unset", []),
        ('"$empty" ""', ["", ""]),
        ("$(out)", ["one", "two"]),
        ('"$(out)"', ["one two"]),
    ],
)
def test_only_unquoted_values_are_split_at_blanks(text, arguments):
    assert expander().arguments(words(text)) == arguments


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("/proc/m*", ["/proc/meminfo", "/proc/mounts"]),
        ("/proc/mem????", ["/proc/meminfo"]),
        ("/proc/[m]e*", ["/proc/meminfo"]),
        ("/none/*", ["/none/*"]),
        ("'/proc/m*'", ["/proc/m*"]),
        ("/sys/a'*'?", ["/sys/a*b"]),
        ("$star", ["/proc/meminfo", "/proc/mounts"]),
        ('"$star"', ["/proc/m*"]),
    ],
)
def test_unquoted_patterns_become_the_paths_they_match_or_stay(text, arguments):
    assert expander().arguments(words(text)) == arguments


def test_an_assigned_value_is_one_text_without_splitting_and_matching():
    (word,) = words("$two/proc/m*$(out)")
    assert expander().text(word) == "a b/proc/m*one two"
