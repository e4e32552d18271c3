"""Arithmetic: what stands between `$((` and `))`, on whole numbers and sizes (4K, 2M), as a shell counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.line.syntax import Named, Number, Operation
from thpsh.structs.sizes import parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thpsh.line.syntax import Expression

_TOKEN: Final = re.compile(r"\s*(?:([0-9][0-9A-Za-z]*)|\$?([A-Za-z_][A-Za-z0-9_]*)|\$\{([A-Za-z_]\w*)\}|([-+*/%()]))")
_LARGEST: Final = 1 << 64
_LEVELS: Final = (("+", "-"), ("*", "/", "%"))  # the later ones bind more tightly
_DEPTH: Final = 50  # of parentheses


def parse_arithmetic(text: str) -> Expression:
    """The expression that a text is; UsageError names the word that is wrong."""
    reader = _Reader(_tokens(text))
    found = reader.level(0)
    reader.expect("")
    return found


def evaluate(expression: Expression, variables: Mapping[str, str]) -> int:
    """The value of an expression; names stand for the sizes that variables hold."""
    if isinstance(expression, Number):
        return expression.value
    if isinstance(expression, Named):
        if expression.name not in variables:
            raise UsageError(f"$((…)): {expression.name}: no variable of that name")
        return _number(expression.name, variables[expression.name])
    left, right = evaluate(expression.left, variables), evaluate(expression.right, variables)
    if expression.operator in "/%" and not right:
        raise UsageError(f"$((…)): {left} {expression.operator} 0: division by zero")
    value = _OPERATIONS[expression.operator](left, right)
    if abs(value) >= _LARGEST:
        raise UsageError(f"$((…)): {left} {expression.operator} {right}: more than 64 bits")
    return value


def _number(name: str, text: str) -> int:
    sign, word = (-1, text[1:]) if text.startswith("-") else (1, text)
    try:
        return sign * parse_size(word)
    except UsageError:
        raise UsageError(f"$((…)): {name} is {text!r}: expected a number or size") from None


def _quotient(left: int, right: int) -> int:
    """Division as in C: towards zero."""
    size = abs(left) // abs(right)
    return size if (left < 0) == (right < 0) else -size


_OPERATIONS: Final[dict[str, Callable[[int, int], int]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _quotient,
    "%": lambda left, right: left - right * _quotient(left, right),
}


def _tokens(text: str) -> list[str]:
    """Numbers, names (with a $ before them) and operators, an empty one at the end."""
    found, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise UsageError(
                f"$(({text})): {text[place:].split(maxsplit=1)[0]!r}: expected a number, a name or one of + - * / % ( )"
            )
        number, name, braced, operator = match.groups()
        found.append(number or operator or f"${name or braced}")
        place = match.end()
    return [*found, ""]


class _Reader:
    """Takes tokens from the left, operators of equal rank from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    def level(self, rank: int) -> Expression:
        """An expression of operators of a rank and all that bind more tightly."""
        if rank == len(_LEVELS):
            return self._operand()
        left = self.level(rank + 1)
        while self.tokens[self.place] in _LEVELS[rank]:
            operator = self._take()
            left = Operation(operator, left, self.level(rank + 1))
        return left

    def expect(self, token: str) -> None:
        """UsageError unless this is the next token; it is passed over."""
        found = self._take()
        if found != token:
            raise UsageError(f"$((…)): {_said(found)}: expected {token or 'an operator or ))'}")

    def _operand(self) -> Expression:
        token = self._take()
        if token == "-":
            return Operation("-", Number(0), self._operand())
        if token == "(":
            self.depth += 1
            if self.depth > _DEPTH:
                raise UsageError(f"$((…)): more than {_DEPTH} parentheses deep")
            inner = self.level(0)
            self.expect(")")
            self.depth -= 1
            return inner
        if token.startswith("$"):
            return Named(token[1:])
        if token[:1].isdigit():
            return Number(_literal(token))
        raise UsageError(f"$((…)): {_said(token)}: expected a number or a name")

    def _take(self) -> str:
        token = self.tokens[self.place]
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token


def _literal(word: str) -> int:
    value = parse_size(word)
    if value >= _LARGEST:
        raise UsageError(f"$((…)): {word}: more than 64 bits")
    return value


def _said(token: str) -> str:
    return repr(token) if token else "the end"
