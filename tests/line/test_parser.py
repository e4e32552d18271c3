"""What cannot be a line, and where."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thpsh.errors import UsageError
from thpsh.line.lexer import Incomplete
from thpsh.line.parser import incomplete, parse


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo 'a", "column 6: unclosed quote '"),
        ('echo "a', 'column 6: unclosed quote "'),
        ("echo a |", "column 9: the end of the line: expected a command"),
        ("for x in a; do echo", "expected done"),
        ("echo $(cat", "column 6: unclosed $("),
    ],
)
def test_open_ends_ask_for_more(text, message):
    with pytest.raises(Incomplete) as caught:
        parse(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("| cat", "column 1: |: expected a command"),
        ("echo a | | cat", "column 10: |: expected a command"),
        ("echo a ;; echo b", "column 8: ;;"),
        ("echo a &", "column 8: &: there are no background jobs here"),
        ("(echo a)", "column 1: (: there are no subshells here"),
        ("cat << END", "column 5: <<: here-documents"),
        ("while true; do :; done", "column 1: while: not known here"),
        ("if x", "column 1: if"),
        ("done", "column 1: done"),
        ("for 1 in a; do b; done", "column 5: 1: expected the name of a variable"),
        ("echo `date`", "column 6: `: command substitution is written $( )"),
        ("echo $((1+))", "column 6: $((…)): the end: expected a number or a name"),
        ("echo ${x:-1}", "column 6: ${: expected ${NAME}"),
        ("echo > | cat", "column 8: |: expected a file after >"),
        ("echo a\x00b", "column 7: control character '\\x00'"),
        ("echo\ra", "column 5: control character"),
        ("echo a\necho | |", "line 2, column 8"),
    ],
)
def test_what_is_wrong_is_named_with_its_column(text, message):
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert not isinstance(caught.value, Incomplete)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab $'\"\\`|&;<>()#!*?[]{}=\n\t\x00for in do done$("), max_size=60))
def test_any_text_is_a_line_or_a_usage_error(text):
    with suppress(UsageError):
        parse(text)


def test_a_megabyte_is_read_in_linear_time():
    started = time.perf_counter()
    parse("echo " + "a" * 1_000_000)
    parse("echo " + "a b " * 100_000)
    parse("echo '" + "x" * 1_000_000 + "'")
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("text", ["$(" * 3000 + ")" * 3000, "for x in a; do " * 3000, "! " * 3000 + "echo"])
def test_deep_nesting_is_refused_not_fatal(text):
    with suppress(UsageError):
        parse(text)


@pytest.mark.parametrize("text", ["echo 'a", "for x in 1 2; do", "echo a |", "echo \\"])
def test_some_lines_need_another(text):
    assert incomplete(text)


@pytest.mark.parametrize("text", ["echo a", "", "echo )", "for x in 1; do echo $x; done"])
def test_whole_and_wrong_lines_need_none(text):
    assert not incomplete(text)
