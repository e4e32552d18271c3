"""Expressions of awk, by precedence."""

from __future__ import annotations

from typing import Final

from thpsh.errors import ModelBug, UsageError
from thpsh.line.awk.functions import strtonum
from thpsh.line.awk.lexer import Token, unescaped
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

FUNCTIONS: Final = {
    "length": (0, 1), "substr": (2, 3), "split": (2, 3), "index": (2, 2), "toupper": (1, 1), "tolower": (1, 1),
    "int": (1, 1), "sub": (2, 3), "gsub": (2, 3), "sprintf": (1, 99), "match": (2, 2), "sqrt": (1, 1),
    "strtonum": (1, 1),
}  # fmt: skip
_ASSIGN: Final = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "^="})
_COMPARE: Final = frozenset({"<", "<=", "==", "!=", ">", ">="})
_STARTS: Final = frozenset({"number", "text", "name", "$", "(", "!", "++", "--"})
_LEVELS: Final = (
    frozenset({"||"}), frozenset({"&&"}), frozenset({"in"}), frozenset({"~", "!~"}), _COMPARE, frozenset[str](),
    frozenset({"+", "-"}), frozenset({"*", "/", "%"}),
)  # fmt: skip
"""Joining operators from loose to tight; the empty level is concatenation, which has none."""
DEPTH: Final = 40


class Reader:
    """Reads tokens one by one."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0
        self.no_in = False  # inside `for (`
        self.no_greater = False  # `print a > b` would redirect

    @property
    def kind(self) -> str:
        """The kind of the next token."""
        return self.tokens[self.place].kind

    def fail(self, expected: str) -> UsageError:
        """What to raise at a token that does not fit."""
        token = self.tokens[self.place]
        shown = "the end" if token.kind == "end" else repr(token.text)
        return UsageError(f"{shown} at character {token.place + 1}: expected {expected}")

    def take(self, kind: str) -> Token:
        """The next token, which must be of a kind."""
        if self.kind != kind:
            raise self.fail(kind)
        self.place += 1
        return self.tokens[self.place - 1]

    def accept(self, *kinds: str) -> bool:
        """Read the next token if it is of one of these kinds."""
        if self.kind not in kinds:
            return False
        self.place += 1
        return True


class Values(Reader):
    """Reads single values: numbers, strings, fields, calls, what stands in parentheses."""

    def expression(self) -> Node:
        """One expression; the class above knows how."""
        raise ModelBug("values alone are no expressions")

    def unary(self) -> Node:
        """A value with the signs before it."""
        raise ModelBug("values alone have no signs")

    def nest(self) -> None:
        """Go one level deeper; too many are refused."""
        self.depth += 1
        if self.depth > DEPTH:
            raise UsageError(f"expressions nested more than {DEPTH} deep")

    def postfix(self) -> Node:
        """A value with ++ or -- before or after it."""
        for kind, by in (("++", 1), ("--", -1)):
            if self.accept(kind):
                return Step(self._primary(), by, before=True)
        found = self._primary()
        if isinstance(found, Name | Field | Element):
            for kind, by in (("++", 1), ("--", -1)):
                if self.accept(kind):
                    return Step(found, by, before=False)
        return found

    def _primary(self) -> Node:
        token = self.tokens[self.place]
        self.place += 1
        if token.kind == "number":
            return Number(strtonum(token.text))
        if token.kind == "text":
            return Text(unescaped(token.text))
        if token.kind == "regex":
            return Regex(token.text)
        if token.kind == "$":
            return Field(self._step_or_primary())
        if token.kind == "(":
            return self.group()
        if token.kind == "name":
            return self._named(token.text)
        self.place -= 1
        raise self.fail("a value")

    def _step_or_primary(self) -> Node:
        self.nest()
        found = self.postfix() if self.kind in ("++", "--") else self.unary() if self.kind == "-" else self._primary()
        self.depth -= 1
        return found

    def group(self) -> Node:
        """What stands in parentheses, the opening one being read already."""
        saved, self.no_in, self.no_greater = (self.no_in, self.no_greater), False, False
        found = self.expression()
        self.take(")")
        self.no_in, self.no_greater = saved
        return found

    def _named(self, name: str) -> Node:
        if name in FUNCTIONS:
            return self._function(name)
        if self.accept("["):
            keys = self.arguments("]")
            return Element(name, keys)
        if self.kind == "(" and self.tokens[self.place].place == self.tokens[self.place - 1].place + len(name):
            raise UsageError(f"{name}: no such function; known are {', '.join(sorted(FUNCTIONS))}")
        return Name(name)

    def _function(self, name: str) -> Node:
        low, high = FUNCTIONS[name]
        if name == "length" and self.kind != "(":
            return Function(name, ())
        self.take("(")
        arguments = () if self.accept(")") else self.arguments(")")
        if not low <= len(arguments) <= high:
            raise UsageError(f"{name}: expected {low if low == high else f'{low} to {high}'} arguments")
        return Function(name, arguments)

    def arguments(self, closing: str) -> tuple[Node, ...]:
        """Expressions between commas up to a closing bracket."""
        saved, self.no_in, self.no_greater = (self.no_in, self.no_greater), False, False
        found = [self.expression()]
        while self.accept(","):
            found.append(self.expression())
        self.take(closing)
        self.no_in, self.no_greater = saved
        return tuple(found)


class Expressions(Values):
    """Reads expressions off a list of tokens; the statements of a program build on it."""

    def expression(self) -> Node:
        """One expression."""
        self.nest()
        left = self._choice()
        if self.kind in _ASSIGN:
            if not isinstance(left, Name | Field | Element):
                raise self.fail("a variable, field or element before =")
            operator = self.tokens[self.place].kind
            self.place += 1
            left = Assign(left, operator[:-1], self.expression())
        self.depth -= 1
        return left

    def _choice(self) -> Node:
        condition = self._level(0)
        if not self.accept("?"):
            return condition
        yes = self.expression()
        self.take(":")
        return Choice(condition, yes, self.expression())

    def _level(self, level: int) -> Node:
        """Operators that join from left to right, the loosest level first."""
        if level == len(_LEVELS):
            return self.unary()
        if _LEVELS[level] == _COMPARE:
            return self._compare(level)
        if not _LEVELS[level]:
            return self._concatenation(level)
        left = self._level(level + 1)
        while self.kind in _LEVELS[level] and not (self.kind == "in" and self.no_in):
            operator = self.tokens[self.place].kind
            self.place += 1
            right = Name(self.take("name").text) if operator == "in" else self._level(level + 1)
            left = Binary(operator, left, right)
        return left

    def _compare(self, level: int) -> Node:
        left = self._level(level + 1)
        if self.kind in _COMPARE and not (self.kind == ">" and self.no_greater):
            operator = self.tokens[self.place].kind
            self.place += 1
            return Binary(operator, left, self._level(level + 1))
        return left

    def _concatenation(self, level: int) -> Node:
        left = self._level(level + 1)
        while self.kind in _STARTS:
            left = Binary(" ", left, self._level(level + 1))
        return left

    def unary(self) -> Node:
        """A value with the signs before it."""
        if self.kind in ("-", "+", "!"):
            operator = self.tokens[self.place].kind
            self.place += 1
            self.nest()
            operand = self.unary()
            self.depth -= 1
            return Unary(operator, operand)
        return self._power()

    def _power(self) -> Node:
        left = self.postfix()
        return Binary("^", left, self.unary()) if self.accept("^") else left
