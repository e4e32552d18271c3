"""Runs awk programs on lines of text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from thpsh.errors import UsageError
from thpsh.line.awk.functions import PLAIN, pattern_of, split
from thpsh.line.awk.syntax import (
    Assign,
    Binary,
    Block,
    Choice,
    Delete,
    Element,
    Evaluate,
    Field,
    ForIn,
    Function,
    If,
    Jump,
    Name,
    Node,
    Number,
    Print,
    Regex,
    Rule,
    Statement,
    Step,
    Text,
    Unary,
    While,
)
from thpsh.line.awk.values import Input, Value, compare, formatted, number, text, true

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from thpsh.line.environment import Sink

_MOST_FIELDS: Final = 100_000


class _Jumped(Exception):
    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Program:
    """A running program: variables, arrays and the fields of the current line."""

    def __init__(self, rules: Sequence[Rule], out: Sink, variables: dict[str, str]) -> None:
        self.rules = rules
        self.out = out
        self.names: dict[str, Value] = {"FS": " ", "OFS": " ", "ORS": "\n", "SUBSEP": "\x1c", "NR": 0.0, "FNR": 0.0}
        self.names.update({name: Input(value) for name, value in variables.items()})
        self.arrays: dict[str, dict[str, Value]] = {}
        self.fields: list[Value] = []
        self.line = ""
        self.status = 0
        self.inside: set[int] = set()  # ranges that have begun
        self.evaluate: dict[type, Callable[[Any], Value]] = {
            Field: lambda node: self._field(int(number(self.value(node.index)))),
            Name: lambda node: self.names.get(node.name, Input("")),
            Regex: lambda node: float(pattern_of(node.pattern).search(self.line) is not None),
            Choice: lambda node: self.value(node.yes if true(self.value(node.condition)) else node.no),
            Element: self._element,
            Assign: self._assignment,
            Step: self._step,
            Unary: self._unary,
            Binary: self._binary,
            Function: self._function,
        }

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

    def set_line(self, line: str) -> None:
        """Make a text the current line."""
        self.line = line
        self.fields = split(line, text(self.names["FS"]))
        self.names["NF"] = float(len(self.fields))

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
                    self.arrays.get(name, {}).pop(self._key(keys), None)
                else:
                    self.arrays.pop(name, None)
            case Jump(kind, value):
                if value is not None:
                    self.status = int(number(self.value(value))) & 0xFF
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

    def value(self, node: Node) -> Value:
        """The value of an expression."""
        if isinstance(node, Number | Text):
            return node.value
        return self.evaluate[type(node)](node)

    def _element(self, node: Element) -> Value:
        return self.arrays.setdefault(node.name, {}).setdefault(self._key(node.keys), Input(""))

    def _assignment(self, node: Assign) -> Value:
        value = self.value(node.value)
        if node.operator:
            value = self._arithmetic(node.operator, self.value(node.target), value)
        return self.assign(node.target, value)

    def _step(self, node: Step) -> Value:
        old = number(self.value(node.target))
        self.assign(node.target, old + node.by)
        return old + node.by if node.before else old

    def _unary(self, node: Unary) -> Value:
        value = self.value(node.operand)
        if node.operator == "!":
            return float(not true(value))
        return -number(value) if node.operator == "-" else number(value)

    def _field(self, index: int) -> Value:
        if index < 0:
            raise UsageError(f"${index}: expected no negative field")
        if not index:
            return Input(self.line)
        return self.fields[index - 1] if index <= len(self.fields) else Input("")

    def _key(self, keys: tuple[Node, ...]) -> str:
        return text(self.names["SUBSEP"]).join(text(self.value(key)) for key in keys)

    def assign(self, target: Node, value: Value) -> Value:
        """Give a variable, element or field a value."""
        if isinstance(target, Element):
            self.arrays.setdefault(target.name, {})[self._key(target.keys)] = value
        elif isinstance(target, Field):
            self._set_field(int(number(self.value(target.index))), value)
        elif isinstance(target, Name):
            self.names[target.name] = value
            if target.name == "NF":
                self._resize(int(number(value)))
        else:
            raise UsageError("expected a variable, field or element to assign to")
        return value

    def _resize(self, count: int) -> None:
        if not 0 <= count <= _MOST_FIELDS:
            raise UsageError(f"NF {count}: expected 0 to {_MOST_FIELDS}")
        self.fields = (self.fields + [Input("")] * count)[:count]
        self.line = text(self.names["OFS"]).join(text(field) for field in self.fields)

    def _set_field(self, index: int, value: Value) -> None:
        if not index:
            self.set_line(text(value))
            return
        if not 0 < index <= _MOST_FIELDS:
            raise UsageError(f"${index}: expected a field of 0 to {_MOST_FIELDS}")
        self._resize(max(index, len(self.fields)))
        self.fields[index - 1] = value
        self.names["NF"] = float(len(self.fields))
        self.line = text(self.names["OFS"]).join(text(field) for field in self.fields)

    def _binary(self, node: Binary) -> Value:
        operator = node.operator
        if operator == "&&":
            return float(true(self.value(node.left)) and true(self.value(node.right)))
        if operator == "||":
            return float(true(self.value(node.left)) or true(self.value(node.right)))
        left = self.value(node.left)
        if operator == "in":
            array = node.right.name if isinstance(node.right, Name) else ""
            return float(text(left) in self.arrays.get(array, {}))
        if operator in ("~", "!~"):
            found = pattern_of(self._pattern(node.right)).search(text(left)) is not None
            return float(found is (operator == "~"))
        return self._operate(operator, left, self.value(node.right))

    def _operate(self, operator: str, left: Value, right: Value) -> Value:
        if operator == " ":
            return text(left) + text(right)
        if operator in ("<", "<=", "==", "!=", ">", ">="):
            order = compare(left, right)
            return float(
                {
                    "<": order < 0,
                    "<=": order <= 0,
                    "==": order == 0,
                    "!=": order != 0,
                    ">": order > 0,
                    ">=": order >= 0,
                }[operator]
            )
        return self._arithmetic(operator, left, right)

    def _pattern(self, node: Node) -> str:
        return node.pattern if isinstance(node, Regex) else text(self.value(node))

    @staticmethod
    def _arithmetic(operator: str, left: Value, right: Value) -> Value:
        a, b = number(left), number(right)
        try:
            if operator == "+":
                return a + b
            if operator == "-":
                return a - b
            if operator == "*":
                return a * b
            if operator == "/":
                return a / b
            return math.fmod(a, b) if operator == "%" else float(math.pow(a, b))
        except (ZeroDivisionError, ValueError):
            raise UsageError(f"division by zero in {text(a)} {operator} {text(b)}") from None
        except OverflowError:
            return math.inf

    def _function(self, node: Function) -> Value:
        name, arguments = node.name, node.arguments
        if name == "length":
            return self._length(arguments)
        if name in ("sub", "gsub"):
            return self._substitute(node)
        if name == "split":
            return self._split(arguments)
        if name == "match":
            found = pattern_of(self._pattern(arguments[1])).search(text(self.value(arguments[0])))
            self.names["RSTART"] = float(found.start() + 1) if found else 0.0
            self.names["RLENGTH"] = float(len(found[0])) if found else -1.0
            return self.names["RSTART"]
        return PLAIN[name]([self.value(argument) for argument in arguments])

    def _length(self, arguments: tuple[Node, ...]) -> Value:
        if arguments and isinstance(arguments[0], Name) and arguments[0].name in self.arrays:
            return float(len(self.arrays[arguments[0].name]))
        return float(len(text(self.value(arguments[0])) if arguments else self.line))

    def _split(self, arguments: tuple[Node, ...]) -> Value:
        if not isinstance(arguments[1], Name):
            raise UsageError("split: expected the name of an array as second argument")
        separator = self._pattern(arguments[2]) if len(arguments) > 2 else text(self.names["FS"])
        parts = split(text(self.value(arguments[0])), separator)
        self.arrays[arguments[1].name] = {str(place): part for place, part in enumerate(parts, 1)}
        return float(len(parts))

    def _substitute(self, node: Function) -> Value:
        target = node.arguments[2] if len(node.arguments) > 2 else Field(Number(0.0))
        replacement = text(self.value(node.arguments[1]))
        parts = replacement.replace("\\&", "\x00").split("&")

        def filled(found: object) -> str:
            whole = found[0]  # type: ignore[index]  # a match
            return str(whole).join(parts).replace("\x00", "&")

        count = 1 if node.name == "sub" else 0
        pattern = pattern_of(self._pattern(node.arguments[0]))
        new, number_of = pattern.subn(filled, text(self.value(target)), count)
        if number_of:
            self.assign(target, new)
        return float(number_of)
