"""Words as typed."""

import pytest

from thpsh.line.syntax import Literal, Substitution, Variable, Word


@pytest.mark.parametrize(
    ("parts", "plain"),
    [
        ((Literal("touch"),), "touch"),
        ((Literal("/proc/*"),), "/proc/*"),
        ((Literal("a b", quoted=True),), None),
        ((Literal("a"), Literal("b", quoted=True)), None),
        ((Variable("x"),), None),
        ((Substitution(None),), None),
        ((), None),
    ],
)
def test_a_word_is_plain_without_quotes_and_expansions(parts, plain):
    assert Word(parts, 0, "").plain == plain
