"""The awk filter: its options and inputs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.line.awk.interpreter import Program
from thpsh.line.awk.lexer import unescaped
from thpsh.line.awk.parser import parse
from thpsh.line.filters import lines_of

if TYPE_CHECKING:
    from thpsh.line.filters import Call

_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)


def run(call: Call) -> int:
    """Run a program on files or standard input: awk [-F SEPARATOR] [-v NAME=VALUE] PROGRAM [FILE ...]."""
    options = call.options()
    if not options.rest:
        raise UsageError("expected a program")
    variables = {}
    for word in options.values.get("v", []):
        found = _ASSIGNMENT.fullmatch(word)
        if not found:
            raise UsageError(f"-v {word}: expected NAME=VALUE")
        variables[found[1]] = unescaped(found[2])
    if "F" in options.values:
        separator = options.value("F")
        variables["FS"] = "\t" if separator == "t" else unescaped(separator)
    rules = parse(options.rest[0])
    needs_input = any(rule.kind != "BEGIN" for rule in rules)
    inputs = [(name, lines_of(text)) for name, text in call.inputs(options.rest[1:])] if needs_input else []
    try:
        status = Program(rules, call.out, variables).run(inputs)
    except RecursionError:
        raise UsageError("the program is nested too deeply") from None
    return status or (2 if call.failed else 0)
