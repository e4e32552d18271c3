"""Expressions by precedence."""

import pytest

from thpsh.errors import UsageError
from thpsh.line.awk.expressions import DEPTH, Expressions
from thpsh.line.awk.lexer import tokens
from thpsh.line.awk.syntax import (
    Assign,
    Binary,
    Choice,
    Element,
    Field,
    Function,
    Name,
    Node,
    Number,
    Regex,
    Step,
    Text,
    Unary,
)


def read(text) -> Node:
    reader = Expressions(tokens(text))
    found = reader.expression()
    assert reader.kind == "end"
    return found


SHOWN = {
    Number: lambda node: f"{node.value:g}",
    Text: lambda node: repr(node.value),
    Regex: lambda node: f"/{node.pattern}/",
    Name: lambda node: node.name,
    Field: lambda node: f"${shown(node.index)}",
    Element: lambda node: f"{node.name}[{','.join(map(shown, node.keys))}]",
    Assign: lambda node: f"[{shown(node.target)} {node.operator}= {shown(node.value)}]",
    Step: lambda node: f"[{node.by:+d}{shown(node.target)}]" if node.before else f"[{shown(node.target)}{node.by:+d}]",
    Binary: lambda node: f"[{shown(node.left)} {node.operator.strip() or '.'} {shown(node.right)}]",
    Unary: lambda node: f"[{node.operator}{shown(node.operand)}]",
    Choice: lambda node: f"[{shown(node.condition)} ? {shown(node.yes)} : {shown(node.no)}]",
    Function: lambda node: f"{node.name}({','.join(map(shown, node.arguments))})",
}


def shown(node) -> str:
    """An expression with a pair of brackets around every operation."""
    return SHOWN[type(node)](node)


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("1 + 2 * 3", "[1 + [2 * 3]]"),
        ("1 - 2 - 3", "[[1 - 2] - 3]"),
        ("2 ^ 3 ^ 2", "[2 ^ [3 ^ 2]]"),
        ("-2 ^ 2", "[-[2 ^ 2]]"),
        ("!a == b", "[[!a] == b]"),
        ("a b + c", "[a . [b + c]]"),
        ("a b < c", "[[a . b] < c]"),
        ("a && b || c && d", "[[a && b] || [c && d]]"),
        ("a ~ b && c", "[[a ~ b] && c]"),
        ('"k" in a && b', "[['k' in a] && b]"),
        ("a = b = 3", "[a = [b = 3]]"),
        ("a += b ? 1 : 2", "[a += [b ? 1 : 2]]"),
        ("a ? b : c ? d : e", "[a ? b : [c ? d : e]]"),
        ("$i++", "[$i+1]"),
        ("$++i", "$[+1i]"),
        ("$NF - 1", "[$NF - 1]"),
        ("$(NF - 1)", "$[NF - 1]"),
        ("-x", "[-x]"),
        ("a[1, b] = 2", "[a[1,b] = 2]"),
        ("length", "length()"),
        ("substr(a, 1 + 1)", "substr(a,[1 + 1])"),
        ("(1 + 2) * 3", "[[1 + 2] * 3]"),
        ("0x10", "16"),
        ("a / b", "[a / b]"),
        ("/x/ || y", "[/x/ || y]"),
    ],
)
def test_tighter_operators_join_first(text, grouped):
    assert shown(read(text)) == grouped


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 +", "the end at character 4: expected a value"),
        ("(1", "expected )"),
        ("a ? b", "expected :"),
        ("5 = a", "expected a variable, field or element before ="),
        ("foo(1)", "foo: no such function; known are gsub, index"),
        ("substr(a)", "substr: expected 2 to 3 arguments"),
        ("index(a)", "index: expected 2 arguments"),
        ("toupper()", "toupper: expected 1 arguments"),
        ("1 in 2", "expected name"),
    ],
)
def test_what_was_expected_is_said(text, message):
    with pytest.raises(UsageError) as error:
        read(text)
    assert message in str(error.value)


@pytest.mark.parametrize("text", ["(" * DEPTH + "1" + ")" * DEPTH, "- " * DEPTH + "1", "$" * DEPTH + "1"])
def test_too_deep_nesting_is_refused(text):
    with pytest.raises(UsageError, match=f"nested more than {DEPTH} deep"):
        read(text)
