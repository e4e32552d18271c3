"""Backslash escapes of echo -e and printf."""

import pytest

from thpsh.commands.escapes import unescaped


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (r"a\nb\t", "a\nb\t"),
        (r"\x41\101", "AA"),
        (r"\\n", r"\n"),
        (r"\q\xg", r"\q\xg"),
        ("\\", "\\"),
        (r"\0", "\0"),
        ("plain", "plain"),
    ],
)
def test_known_escapes_are_resolved_and_others_stay(typed, text):
    assert unescaped(typed) == text
