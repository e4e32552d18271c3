"""A line as words and operators."""

import pytest

from thpsh.errors import UsageError
from thpsh.line.lexer import Incomplete, Lexer, where
from thpsh.line.syntax import Literal, Substitution, Variable


def tokens(text):
    return Lexer(text, lambda inside: inside).tokens()


def parts(text):
    """The parts of a line that is one word."""
    word, end = tokens(text)
    assert (word.kind, end.kind) == ("word", "end")
    return word.word.parts


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", ["end"]),
        ("a b", ["word", "word", "end"]),
        ("a|b", ["word", "|", "word", "end"]),
        ("a&&b||c", ["word", "&&", "word", "||", "word", "end"]),
        ("a;b\nc", ["word", ";", "word", "\n", "word", "end"]),
        ("a 2>&1 >>f", ["word", "2>&1", ">>", "word", "end"]),
        ("a 2>f &>g", ["word", "2>", "word", "&>", "word", "end"]),
        ("a2>f", ["word", ">", "word", "end"]),
        ("a # the rest", ["word", "end"]),
        ("# all\nb", ["\n", "word", "end"]),
        ("a#b", ["word", "end"]),
        ("a \\\n b", ["word", "word", "end"]),
        ("'a;b' \"c|d\" e\\&f", ["word", "word", "word", "end"]),
    ],
)
def test_operators_part_words_unless_they_are_quoted(text, kinds):
    assert [token.kind for token in tokens(text)] == kinds


def test_a_token_knows_where_it_began_and_how_it_was_typed():
    found = tokens("  echo 'a b' | x")
    assert [token.column for token in found] == [2, 7, 13, 15, 16]
    assert found[1].word.source == "'a b'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a'b c'", (Literal("a"), Literal("b c", quoted=True))),
        ("''", (Literal("", quoted=True),)),
        ('"a$x"', (Literal("", quoted=True), Literal("a", quoted=True), Variable("x", quoted=True))),
        ("a\\ b", (Literal("a"), Literal(" ", quoted=True), Literal("b"))),
        ("$x", (Variable("x"),)),
        ("${x}y", (Variable("x"), Literal("y"))),
        ("$?", (Variable("?"),)),
        ("$", (Literal("$"),)),
        ("'$x'", (Literal("$x", quoted=True),)),
        ("$(a (b) ')')c", (Substitution("a (b) ')'"), Literal("c"))),
        ('"$(a b)"', (Literal("", quoted=True), Substitution("a b", quoted=True))),
    ],
)
def test_a_word_is_made_of_text_variables_and_substitutions(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "said"), [(r'"\""', '"'), (r'"\$x"', "$x"), (r'"\n"', r"\n"), (r'"\\"', "\\"), ('"a\\\nb"', "ab")]
)
def test_in_double_quotes_a_backslash_escapes_only_what_is_special(text, said):
    assert "".join(part.text for part in parts(text)) == said


@pytest.mark.parametrize("text", ["'a", '"a', "a\\", "$(a", "$(a ')'", '"$(a)'])
def test_open_ends_want_another_line(text):
    with pytest.raises(Incomplete):
        tokens(text)


@pytest.mark.parametrize("text", ["`a`", "$((1)", "$((1) )", "${}", "${x", "a\x07b", "\x1b[0m", "\r"])
def test_what_can_never_be_a_line_is_no_open_end(text):
    with pytest.raises(UsageError) as error:
        tokens(text)
    assert not isinstance(error.value, Incomplete)


def test_a_place_is_a_column_and_in_longer_texts_a_line_too():
    assert where("abc", 2) == "column 3"
    assert where("abc\n", 2) == "column 3"
    assert where("ab\ncd", 4) == "line 2, column 2"
    assert where("ab\ncd", 1) == "line 1, column 2"
