"""The parts of an awk program."""

from __future__ import annotations

from thpsh.record import record


@record(frozen=True)
class Number:
    """A number."""

    value: float


@record(frozen=True)
class Text:
    """A string."""

    value: str


@record(frozen=True)
class Regex:
    """A pattern between slashes; alone it is matched against the whole line."""

    pattern: str


@record(frozen=True)
class Name:
    """A variable."""

    name: str


@record(frozen=True)
class Field:
    """`$EXPRESSION`."""

    index: Node


@record(frozen=True)
class Element:
    """`ARRAY[KEYS]`."""

    name: str
    keys: tuple[Node, ...]


@record(frozen=True)
class Assign:
    """`TARGET = VALUE`, or with an operator before the equals sign."""

    target: Node
    operator: str
    value: Node


@record(frozen=True)
class Step:
    """`++x`, `x++`, `--x`, `x--`."""

    target: Node
    by: int
    before: bool


@record(frozen=True)
class Binary:
    """Two operands; a blank operator is concatenation, `in` asks for a key."""

    operator: str
    left: Node
    right: Node


@record(frozen=True)
class Unary:
    """`-x`, `+x`, `!x`."""

    operator: str
    operand: Node


@record(frozen=True)
class Choice:
    """`CONDITION ? YES : NO`."""

    condition: Node
    yes: Node
    no: Node


@record(frozen=True)
class Function:
    """A call of a built-in function."""

    name: str
    arguments: tuple[Node, ...]


Node = Number | Text | Regex | Name | Field | Element | Assign | Step | Binary | Unary | Choice | Function


@record(frozen=True)
class Print:
    """`print` or `printf`."""

    arguments: tuple[Node, ...]
    formatted: bool


@record(frozen=True)
class Evaluate:
    """An expression for its effect."""

    expression: Node


@record(frozen=True)
class If:
    """`if (C) A else B`."""

    condition: Node
    yes: Block
    no: Block


@record(frozen=True)
class While:
    """`while (C) A`, and `for (I; C; S) A` with its step."""

    condition: Node | None
    body: Block
    step: tuple[Statement, ...] = ()


@record(frozen=True)
class ForIn:
    """`for (K in A) B`."""

    name: str
    array: str
    body: Block


@record(frozen=True)
class Delete:
    """`delete A` or `delete A[K]`."""

    name: str
    keys: tuple[Node, ...]


@record(frozen=True)
class Jump:
    """`next`, `exit`, `break`, `continue`."""

    kind: str
    value: Node | None = None


Statement = Print | Evaluate | If | While | ForIn | Delete | Jump
Block = tuple[Statement, ...]


@record(frozen=True)
class Rule:
    """`PATTERN { ACTION }`; kind is BEGIN, END or empty; without action the line is printed."""

    kind: str
    pattern: Node | None
    action: Block | None
    last: Node | None = None  # the end of a range
