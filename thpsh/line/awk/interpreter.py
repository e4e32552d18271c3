"""Runs awk programs on lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import UsageError
from thpsh.line.awk.evaluator import Evaluator
from thpsh.line.awk.syntax import Block, Delete, Evaluate, ForIn, If, Jump, Name, Print, Rule, Statement, While
from thpsh.line.awk.values import Input, Value, formatted, text, true, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thpsh.line.environment import Sink


class _Jumped(Exception):
    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Program(Evaluator):
    """A running program: its rules, and what they print."""

    def __init__(self, rules: Sequence[Rule], out: Sink, variables: dict[str, str]) -> None:
        super().__init__(variables)
        self.rules = rules
        self.out = out
        self.status = 0
        self.inside: set[int] = set()  # ranges that have begun

    def run(self, inputs: Iterable[tuple[str, list[str]]]) -> int:
        """Run BEGIN rules, the others on every line of every file, END rules; returns the status."""
        try:
            self._all(rule for rule in self.rules if rule.kind == "BEGIN")
            if any(rule.kind != "BEGIN" for rule in self.rules):
                self._files(inputs)
        except _Jumped as jump:
            if jump.kind != "exit":
                raise UsageError(f"{jump.kind}: only inside a rule or a loop") from None
        try:
            self._all(rule for rule in self.rules if rule.kind == "END")
        except _Jumped as jump:
            if jump.kind != "exit":
                raise UsageError(f"{jump.kind}: not in END") from None
        return self.status

    def _all(self, rules: Iterable[Rule]) -> None:
        for rule in rules:
            self.block(rule.action or ())

    def _files(self, inputs: Iterable[tuple[str, list[str]]]) -> None:
        rules = [(place, rule) for place, rule in enumerate(self.rules) if not rule.kind]
        count = 0
        for name, lines in inputs:
            self.names["FILENAME"] = "" if name == "-" else name
            for place, line in enumerate(lines, 1):
                count += 1
                self.names["NR"], self.names["FNR"] = float(count), float(place)
                self.set_line(line)
                self._rules(rules)

    def _rules(self, rules: list[tuple[int, Rule]]) -> None:
        try:
            for place, rule in rules:
                if not self._selects(place, rule):
                    continue
                if rule.action is None:
                    self.out.write(f"{self.line}{text(self.names['ORS'])}")
                else:
                    self.block(rule.action)
        except _Jumped as jump:
            if jump.kind != "next":
                raise

    def _selects(self, place: int, rule: Rule) -> bool:
        if rule.pattern is None:
            return True
        if rule.last is None:
            return true(self.value(rule.pattern))
        if place not in self.inside and not true(self.value(rule.pattern)):
            return False
        self.inside.add(place)
        if true(self.value(rule.last)):
            self.inside.discard(place)
        return True

    def block(self, block: Block) -> None:
        """Run statements."""
        for statement in block:
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        """Run one statement."""
        match statement:
            case Evaluate(expression):
                self.value(expression)
            case Print():
                self._print(statement)
            case If(condition, yes, no):
                self.block(yes if true(self.value(condition)) else no)
            case While():
                self._while(statement)
            case ForIn(name, array, body):
                self._loop(body, (self.assign(Name(name), Input(key)) for key in list(self.arrays.get(array, {}))))
            case Delete(name, keys):
                if keys:
                    self.arrays.get(name, {}).pop(self.key(keys), None)
                else:
                    self.arrays.pop(name, None)
            case Jump(kind, value):
                if value is not None:
                    self.status = whole(self.value(value)) & 0xFF
                raise _Jumped(kind)

    def _while(self, loop: While) -> None:
        def rounds() -> Iterable[Value]:
            first = True
            while True:
                if not first:
                    self.block(loop.step)
                first = False
                if loop.condition is not None and not true(self.value(loop.condition)):
                    return
                yield ""

        self._loop(loop.body, rounds())

    def _loop(self, body: Block, rounds: Iterable[Value]) -> None:
        for _ in rounds:
            try:
                self.block(body)
            except _Jumped as jump:
                if jump.kind == "break":
                    return
                if jump.kind != "continue":
                    raise

    def _print(self, statement: Print) -> None:
        values = [self.value(argument) for argument in statement.arguments]
        if statement.formatted:
            self.out.write(formatted(text(values[0]), values[1:]))
            return
        shown = text(self.names["OFS"]).join(text(value) for value in values) if values else self.line
        self.out.write(shown + text(self.names["ORS"]))
