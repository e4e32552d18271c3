"""Running an app: its lines, one after the other, until one fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.line.environment import Nothing
from thpsh.line.interpreter import Interpreter
from thpsh.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.line.environment import Environment, Sink
    from thpsh.scenario.app_file import App
    from thpsh.scenario.parser import Step

_VARIABLE: Final = re.compile(r"\$(?:([a-z][a-z0-9_]*)|\{([a-z][a-z0-9_]*)\})")


@record(frozen=True)
class Done:
    """What became of an app: the lines that were run, as typed, and the status of the last."""

    lines: tuple[str, ...]
    status: int
    failed: Step | None = None


def run_app(app: App, values: Mapping[str, str], environment: Environment, out: Sink, err: Sink) -> Done:
    """Run the lines; each is shown with its options filled in, then what it prints. A loop prints nothing."""
    interpreter = Interpreter(environment, dict(values), stops=True)
    ran: list[str] = []
    for step in app.lines.steps:
        text = shown(step.text, values)
        if step.narration:
            out.write(f"{text}\n")
            continue
        ran.append(text)
        out.write(f"> {text.replace(chr(10), chr(10) + '> ')}\n")
        loop = text.lstrip().startswith("for ")
        status = interpreter.run(step.text, Nothing() if loop else out, err)
        if status:
            return Done(tuple(ran), status, step)
    return Done(tuple(ran), 0)


def shown(text: str, values: Mapping[str, str]) -> str:
    """A line with the options filled in, as one could type it."""
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], found[0]), text)
