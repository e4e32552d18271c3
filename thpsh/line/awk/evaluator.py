"""Values of awk expressions: variables, arrays, the fields of the current line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thpsh.errors import UsageError
from thpsh.line.awk.functions import PLAIN, pattern_of, split
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
from thpsh.line.awk.values import Input, Value, arithmetic, number, operate, text, true, whole

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

_MOST_FIELDS: Final = 100_000


class Evaluator:
    """What expressions look at and change."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.names: dict[str, Value] = {"FS": " ", "OFS": " ", "ORS": "\n", "SUBSEP": "\x1c", "NR": 0.0, "FNR": 0.0}
        self.names.update({name: Input(value) for name, value in variables.items()})
        self.arrays: dict[str, dict[str, Value]] = {}
        self.fields: list[Value] = []
        self.line = ""
        self.evaluate: dict[type, Callable[[Any], Value]] = {
            Field: lambda node: self._field(whole(self.value(node.index))),
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

    def set_line(self, line: str) -> None:
        """Make a text the current line."""
        self.line = line
        self.fields = split(line, text(self.names["FS"]))
        self.names["NF"] = float(len(self.fields))

    def value(self, node: Node) -> Value:
        """The value of an expression."""
        if isinstance(node, Number | Text):
            return node.value
        return self.evaluate[type(node)](node)

    def _element(self, node: Element) -> Value:
        return self.arrays.setdefault(node.name, {}).setdefault(self.key(node.keys), Input(""))

    def _assignment(self, node: Assign) -> Value:
        value = self.value(node.value)
        if node.operator:
            value = arithmetic(node.operator, self.value(node.target), value)
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

    def key(self, keys: tuple[Node, ...]) -> str:
        """The key of an array element: one string, however many were given."""
        return text(self.names["SUBSEP"]).join(text(self.value(key)) for key in keys)

    def assign(self, target: Node, value: Value) -> Value:
        """Give a variable, element or field a value."""
        if isinstance(target, Element):
            self.arrays.setdefault(target.name, {})[self.key(target.keys)] = value
        elif isinstance(target, Field):
            self._set_field(whole(self.value(target.index)), value)
        elif isinstance(target, Name):
            self.names[target.name] = value
            if target.name == "NF":
                self._resize(whole(value))
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
            found = pattern_of(self.pattern(node.right)).search(text(left)) is not None
            return float(found is (operator == "~"))
        return operate(operator, left, self.value(node.right))

    def pattern(self, node: Node) -> str:
        """The text of a pattern: between slashes, or computed."""
        return node.pattern if isinstance(node, Regex) else text(self.value(node))

    def _function(self, node: Function) -> Value:
        special = SPECIAL.get(node.name)
        if special is not None:
            return special(self, node)
        return PLAIN[node.name]([self.value(argument) for argument in node.arguments])


def _length(evaluator: Evaluator, node: Function) -> Value:
    arguments = node.arguments
    if arguments and isinstance(arguments[0], Name) and arguments[0].name in evaluator.arrays:
        return float(len(evaluator.arrays[arguments[0].name]))
    return float(len(text(evaluator.value(arguments[0])) if arguments else evaluator.line))


def _split(evaluator: Evaluator, node: Function) -> Value:
    arguments = node.arguments
    if not isinstance(arguments[1], Name):
        raise UsageError("split: expected the name of an array as second argument")
    separator = evaluator.pattern(arguments[2]) if len(arguments) > 2 else text(evaluator.names["FS"])
    parts = split(text(evaluator.value(arguments[0])), separator)
    evaluator.arrays[arguments[1].name] = {str(place): part for place, part in enumerate(parts, 1)}
    return float(len(parts))


def _match(evaluator: Evaluator, node: Function) -> Value:
    found = pattern_of(evaluator.pattern(node.arguments[1])).search(text(evaluator.value(node.arguments[0])))
    evaluator.names["RSTART"] = start = float(found.start() + 1) if found else 0.0
    evaluator.names["RLENGTH"] = float(len(found[0])) if found else -1.0
    return start


def _substitute(evaluator: Evaluator, node: Function) -> Value:
    target = node.arguments[2] if len(node.arguments) > 2 else Field(Number(0.0))
    parts = text(evaluator.value(node.arguments[1])).replace("\\&", "\x00").split("&")

    def filled(found: re.Match[str]) -> str:
        return found[0].join(parts).replace("\x00", "&")

    pattern = pattern_of(evaluator.pattern(node.arguments[0]))
    new, count = pattern.subn(filled, text(evaluator.value(target)), 1 if node.name == "sub" else 0)
    if count:
        evaluator.assign(target, new)
    return float(count)


SPECIAL: Final[dict[str, Callable[[Evaluator, Function], Value]]] = {
    "length": _length, "split": _split, "match": _match, "sub": _substitute, "gsub": _substitute,
}  # fmt: skip
"""Functions that look at more than the values of their arguments."""
