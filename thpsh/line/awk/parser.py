"""Rules and statements of awk."""

from __future__ import annotations

from typing import Final

from thpsh.errors import UsageError
from thpsh.line.awk.expressions import DEPTH, Expressions
from thpsh.line.awk.lexer import tokens
from thpsh.line.awk.syntax import Block, Delete, Evaluate, ForIn, If, Jump, Node, Print, Rule, Statement, While

_ENDS: Final = (";", "\n", "}", "end")


def parse(program: str) -> list[Rule]:
    """The rules of a program; UsageError says what was expected where."""
    return _Program(tokens(program)).rules()


class _Program(Expressions):
    def rules(self) -> list[Rule]:
        """All rules."""
        found = []
        self._skip()
        while self.kind != "end":
            found.append(self._rule())
            self._skip()
        return found

    def _skip(self) -> None:
        while self.accept(";", "\n"):
            pass

    def _rule(self) -> Rule:
        for kind in ("BEGIN", "END"):
            if self.accept(kind):
                return Rule(kind, None, self._block())
        pattern = last = None
        if self.kind != "{":
            pattern = self.expression()
            if self.accept(","):
                last = self.expression()
        action = self._block() if self.kind == "{" else None
        return Rule("", pattern, action, last)

    def _block(self) -> Block:
        self.take("{")
        found: list[Statement] = []
        self._skip()
        while not self.accept("}"):
            found += self._statement()
            self._skip()
        return tuple(found)

    def _body(self) -> Block:
        """The body of if, while and for: a block or one statement."""
        while self.accept("\n"):
            pass
        if self.kind == "{":
            return self._block()
        return () if self.accept(";") else self._statement()

    def _statement(self) -> Block:
        self.depth += 1
        if self.depth > DEPTH:
            raise UsageError(f"statements nested more than {DEPTH} deep")
        found = self._one()
        self.depth -= 1
        return found

    def _one(self) -> Block:
        if self.kind == "{":
            return self._block()
        if self.accept("if"):
            return (self._if(),)
        if self.accept("while"):
            self.take("(")
            condition = self.group()
            return (While(condition, self._body()),)
        if self.accept("for"):
            return self._for()
        if self.kind == "do":
            raise self.fail("while; do is not known to this awk")
        found = self._simple()
        if self.kind not in _ENDS:
            raise self.fail("; or a new line")
        self.accept(";")
        return (found,)

    def _if(self) -> If:
        self.take("(")
        condition = self.group()
        yes = self._body()
        before = self.place
        self._skip()
        if self.accept("else"):
            return If(condition, yes, self._body())
        self.place = before
        return If(condition, yes, ())

    def _for(self) -> Block:
        self.take("(")
        if self.tokens[self.place + 1].kind == "in" and self.kind == "name":
            name = self.take("name").text
            self.take("in")
            array = self.take("name").text
            self.take(")")
            return (ForIn(name, array, self._body()),)
        first: Block = () if self.kind == ";" else (self._simple(),)
        self.take(";")
        condition: Node | None = None if self.kind == ";" else self.expression()
        self.take(";")
        step: Block = () if self.kind == ")" else (self._simple(),)
        self.take(")")
        return (*first, While(condition, self._body(), step))

    def _simple(self) -> Statement:
        for kind in ("next", "break", "continue"):
            if self.accept(kind):
                return Jump(kind)
        if self.accept("exit"):
            return Jump("exit", None if self.kind in _ENDS else self.expression())
        if self.accept("delete"):
            name = self.take("name").text
            return Delete(name, self.arguments("]") if self.accept("[") else ())
        if self.kind in ("print", "printf"):
            return self._print()
        return Evaluate(self.expression())

    def _print(self) -> Print:
        formatted = self.tokens[self.place].kind == "printf"
        self.place += 1
        arguments: list[Node] = []
        self.no_greater = True
        if self.kind not in _ENDS and self.kind != ">":
            if self._parenthesised():
                self.place += 1
                arguments += self.arguments(")")
            else:
                arguments.append(self.expression())
                while self.accept(","):
                    arguments.append(self.expression())
        self.no_greater = False
        if self.kind == ">":
            raise self.fail("; (print cannot redirect here)")
        if formatted and not arguments:
            raise self.fail("a format")
        return Print(tuple(arguments), formatted)

    def _parenthesised(self) -> bool:
        """Stands the whole list of `print (a, b)` in parentheses?"""
        if self.kind != "(":
            return False
        depth, place = 0, self.place
        while place < len(self.tokens):
            kind = self.tokens[place].kind
            depth += {"(": 1, ")": -1}.get(kind, 0)
            if not depth:
                return self.tokens[place + 1].kind in _ENDS
            place += 1
        return False
