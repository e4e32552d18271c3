"""The command echo."""

import pytest

from tests.commands.typed import Typed


@pytest.mark.parametrize(
    ("line", "out"),
    [("echo a  b", "a b\n"), ("echo -n a", "a"), ("echo -e 'a\\tb'", "a\tb\n"), ("echo '-x'", "-x\n"), ("echo", "\n")],
)
def test_echo_prints_its_words(line, out):
    assert Typed()(line) == out
