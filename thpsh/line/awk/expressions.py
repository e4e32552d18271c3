"""Expressions of awk, by precedence."""

from __future__ import annotations

from typing import Final

from thpsh.errors import UsageError
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
_STARTS: Final = frozenset({"number", "text", "name", "regex", "$", "(", "-", "+", "!", "++", "--"})
DEPTH: Final = 40


class Expressions:
    """Reads expressions off a list of tokens; the statements of a program build on it."""

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

    def expression(self) -> Node:
        """One expression."""
        self.depth += 1
        if self.depth > DEPTH:
            raise UsageError(f"expressions nested more than {DEPTH} deep")
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
        condition = self._or()
        if not self.accept("?"):
            return condition
        yes = self.expression()
        self.take(":")
        return Choice(condition, yes, self.expression())

    def _or(self) -> Node:
        left = self._and()
        while self.accept("||"):
            left = Binary("||", left, self._and())
        return left

    def _and(self) -> Node:
        left = self._in()
        while self.accept("&&"):
            left = Binary("&&", left, self._in())
        return left

    def _in(self) -> Node:
        left = self._match()
        while self.kind == "in" and not self.no_in:
            self.place += 1
            left = Binary("in", left, Name(self.take("name").text))
        return left

    def _match(self) -> Node:
        left = self._compare()
        while self.kind in ("~", "!~"):
            operator = self.tokens[self.place].kind
            self.place += 1
            left = Binary(operator, left, self._compare())
        return left

    def _compare(self) -> Node:
        left = self._concatenation()
        if self.kind in _COMPARE and not (self.kind == ">" and self.no_greater):
            operator = self.tokens[self.place].kind
            self.place += 1
            return Binary(operator, left, self._concatenation())
        return left

    def _concatenation(self) -> Node:
        left = self._additive()
        while self.kind in _STARTS - {"-", "+", "regex"} and self.kind != "in":
            left = Binary(" ", left, self._additive())
        return left

    def _additive(self) -> Node:
        left = self._product()
        while self.kind in ("+", "-"):
            operator = self.tokens[self.place].kind
            self.place += 1
            left = Binary(operator, left, self._product())
        return left

    def _product(self) -> Node:
        left = self._unary()
        while self.kind in ("*", "/", "%"):
            operator = self.tokens[self.place].kind
            self.place += 1
            left = Binary(operator, left, self._unary())
        return left

    def _unary(self) -> Node:
        if self.kind in ("-", "+", "!"):
            operator = self.tokens[self.place].kind
            self.place += 1
            self.depth += 1
            if self.depth > DEPTH:
                raise UsageError(f"expressions nested more than {DEPTH} deep")
            operand = self._unary()
            self.depth -= 1
            return Unary(operator, operand)
        return self._power()

    def _power(self) -> Node:
        left = self._postfix()
        return Binary("^", left, self._unary()) if self.accept("^") else left

    def _postfix(self) -> Node:
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
            return Number(float(int(token.text, 16)) if token.text[:2].lower() == "0x" else float(token.text))
        if token.kind == "text":
            return Text(unescaped(token.text))
        if token.kind == "regex":
            return Regex(token.text)
        if token.kind == "$":
            return Field(self._step_or_primary())
        if token.kind == "(":
            return self._group()
        if token.kind == "name":
            return self._named(token.text)
        self.place -= 1
        raise self.fail("a value")

    def _step_or_primary(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH:
            raise UsageError(f"expressions nested more than {DEPTH} deep")
        found = self._postfix() if self.kind in ("++", "--") else self._unary() if self.kind == "-" else self._primary()
        self.depth -= 1
        return found

    def _group(self) -> Node:
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
