"""The parts of an awk program."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A string."""

    value: str


@dataclass(frozen=True, slots=True)
class Regex:
    """A pattern between slashes; alone it is matched against the whole line."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """`$EXPRESSION`."""

    index: Node


@dataclass(frozen=True, slots=True)
class Element:
    """`ARRAY[KEYS]`."""

    name: str
    keys: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Assign:
    """`TARGET = VALUE`, or with an operator before the equals sign."""

    target: Node
    operator: str
    value: Node


@dataclass(frozen=True, slots=True)
class Step:
    """`++x`, `x++`, `--x`, `x--`."""

    target: Node
    by: int
    before: bool


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands; a blank operator is concatenation, `in` asks for a key."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `+x`, `!x`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Choice:
    """`CONDITION ? YES : NO`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Function:
    """A call of a built-in function."""

    name: str
    arguments: tuple[Node, ...]


Node = Number | Text | Regex | Name | Field | Element | Assign | Step | Binary | Unary | Choice | Function


@dataclass(frozen=True, slots=True)
class Print:
    """`print` or `printf`."""

    arguments: tuple[Node, ...]
    formatted: bool


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression for its effect."""

    expression: Node


@dataclass(frozen=True, slots=True)
class If:
    """`if (C) A else B`."""

    condition: Node
    yes: Block
    no: Block


@dataclass(frozen=True, slots=True)
class While:
    """`while (C) A`, and `for (I; C; S) A` with its step."""

    condition: Node | None
    body: Block
    step: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class ForIn:
    """`for (K in A) B`."""

    name: str
    array: str
    body: Block


@dataclass(frozen=True, slots=True)
class Delete:
    """`delete A` or `delete A[K]`."""

    name: str
    keys: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Jump:
    """`next`, `exit`, `break`, `continue`."""

    kind: str
    value: Node | None = None


Statement = Print | Evaluate | If | While | ForIn | Delete | Jump
Block = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """`PATTERN { ACTION }`; kind is BEGIN, END or empty; without action the line is printed."""

    kind: str
    pattern: Node | None
    action: Block | None
    last: Node | None = None  # the end of a range
