"""The interpreter: runs what was parsed on the session's environment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.errors import KernelError, KernelPanic, UsageError
from thpsh.line.environment import Capture, Nothing
from thpsh.line.expansion import Expander
from thpsh.line.filters import is_filter, run_filter
from thpsh.line.parser import parse
from thpsh.line.syntax import For, Pipeline, Script, Simple
from thpsh.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thpsh.line.environment import Environment, Sink
    from thpsh.line.syntax import AndOr, Redirect

USAGE: Final = 2
INTERRUPTED: Final = 130
FAILED: Final = 1
NOT_FOUND: Final = 127
_NULL: Final = "/dev/null"
_FAILS_WORDS: Final = 3  # fails ERRNO COMMAND


class Interpreter:
    """Runs lines; remembers variables and the status of the last command."""

    def __init__(
        self, environment: Environment, variables: dict[str, str] | None = None, *, stops: bool = False
    ) -> None:
        self.environment = environment
        self.stops = stops  # at the first list that fails, as `set -e` does
        self.variables = variables if variables is not None else {}
        self.variables.setdefault("?", "0")
        self.status = 0

    def run(self, text: str, out: Sink, err: Sink) -> int:
        """Run a text of one or more lines; errors are printed, the status of the last command is returned."""
        try:
            script = parse(text)
        except UsageError as error:
            err.write(f"{error}\n")
            self._ended(USAGE)
            return USAGE
        try:
            return self.script(script, None, out, err)
        except KeyboardInterrupt:
            self._ended(INTERRUPTED)
            raise

    def script(self, script: Script, stdin: str | None, out: Sink, err: Sink) -> int:
        """Run lists one after the other until somebody wants to leave."""
        for each in script.lists:
            if self.environment.leaving:
                break
            self._list(each, stdin, out, err)
            if self.stops and self.status:
                break
        return self.status

    def _ended(self, status: int) -> int:
        self.status = status
        self.variables["?"] = str(status)
        return status

    def _list(self, each: AndOr, stdin: str | None, out: Sink, err: Sink) -> None:
        for operator, pipeline in each.pipelines:
            if (operator == "&&" and self.status) or (operator == "||" and not self.status):
                continue
            status = self._pipeline(pipeline, stdin, out, err)
            self._ended(int(not status) if pipeline.negated else status)
            if self.environment.leaving:
                return

    def _pipeline(self, pipeline: Pipeline, stdin: str | None, out: Sink, err: Sink) -> int:
        first = pipeline.commands[0]
        if isinstance(first, Simple) and first.words and first.words[0].plain == "fails":
            return self._fails(pipeline, first, out, err)
        return self._stages(pipeline, stdin, out, err)

    def _stages(self, pipeline: Pipeline, stdin: str | None, out: Sink, err: Sink) -> int:
        """Run the commands of a pipeline, each with what the one before printed."""
        status = 0
        last = len(pipeline.commands) - 1
        for place, command in enumerate(pipeline.commands):
            target: Sink = out if place == last else Capture()
            try:
                status = self._command(command, stdin, target, err)
            except UsageError as error:
                err.write(f"{error}\n")
                status = USAGE
            if isinstance(target, Capture) and place != last:
                stdin = target.text
        return status

    def _fails(self, pipeline: Pipeline, first: Simple, out: Sink, err: Sink) -> int:
        """`fails ERRNO COMMAND …`: the rest of the pipeline, redirections included, is what must fail."""
        words = [self._expander(err).text(word) for word in first.words[:2]]
        if len(first.words) < _FAILS_WORDS:
            return self.environment.command(words, None, out, err)
        try:
            self.environment.check(words)
        except UsageError as error:
            err.write(f"{error}\n")
            return USAGE
        line = first.source[first.words[2].column - first.words[0].column :]
        inner = Simple(first.words[2:], list(first.assignments), list(first.redirects), line)
        errors = Capture()
        status = self._stages(replace(pipeline, commands=(inner, *pipeline.commands[1:])), None, out, errors)
        return self.environment.failed(words[1], line, status, errors.text, out, err)

    def _expander(self, err: Sink) -> Expander:
        def capture(script: Script) -> str:
            text = Capture()
            self.script(script, None, text, err)
            return text.text

        return Expander(self.variables, self.environment.glob, capture)

    def _command(self, command: Simple | For, stdin: str | None, out: Sink, err: Sink) -> int:
        expander = self._expander(err)
        if isinstance(command, For):
            loop = partial(self._for, command)
            return self._redirected(loop, command.redirects, (stdin, out, err), expander)
        for name, word in command.assignments:
            self.variables[name] = expander.text(word)
        argv = expander.arguments(command.words)
        return self._redirected(partial(self._run, argv), command.redirects, (stdin, out, err), expander)

    def _for(self, loop: For, stdin: str | None, out: Sink, err: Sink) -> int:
        status = 0
        for value in self._expander(err).arguments(loop.words):
            self.variables[loop.name] = value
            status = self.script(loop.body, stdin, out, err)
            if self.environment.leaving or (self.stops and status):
                break
        return status

    def _redirected(
        self,
        run: Callable[[str | None, Sink, Sink], int],
        redirects: Sequence[Redirect],
        streams: tuple[str | None, Sink, Sink],
        expander: Expander,
    ) -> int:
        """Run a command with its redirections; what it printed is written to each file in one go at its end."""
        stdin, out, err = streams
        shown = err
        files: list[tuple[str, bool, Capture]] = []
        for redirect in redirects:
            path = expander.text(redirect.target) if redirect.target is not None else ""
            if redirect.operator == "2>&1":
                err = out
                continue
            if redirect.operator == "<":
                try:
                    stdin = self.environment.read(path)
                except KernelError as error:
                    return _say(shown, path, error)
                continue
            sink: Sink = Nothing()
            if path != _NULL:
                sink = Capture()
                files.append((path, redirect.operator.endswith(">>"), sink))
            if redirect.operator[0] != "2":
                out = sink
            if redirect.operator[0] in "2&":
                err = sink
        status = run(stdin, out, err)
        return self._write(files, shown) or status

    def _write(self, files: list[tuple[str, bool, Capture]], shown: Sink) -> int:
        """Write what a command printed to the files of its redirections."""
        status = 0
        for path, append, capture in files:
            try:
                self.environment.write(path, capture.text, append=append)
            except KernelError as error:
                status = _say(shown, path, error)
            except KernelPanic as error:
                shown.write(f"{error}\n    the host has stopped; `boot` or `reset` starts another\n")
                return FAILED
        return status

    def _run(self, argv: list[str], stdin: str | None, out: Sink, err: Sink) -> int:
        """Run one command or filter whose words are complete."""
        if not argv:
            return 0
        name = argv[0]
        if not self.environment.knows(name):
            if is_filter(name):
                return run_filter(argv, stdin, self.environment, out, err)
            if stdin is not None:
                return self.environment.host_pipe(argv, stdin, out)
            err.write(f"{name}: command not found\n")
            return NOT_FOUND
        return self.environment.command(argv, stdin, out, err)


def _say(err: Sink, path: str, error: KernelError) -> int:
    """Print why a file could not be used, as a shell does."""
    err.write(f"{path}: {error}\n")
    if error.why:
        err.write(f"    {error.why}\n")
    return FAILED


def words_of(text: str) -> list[list[str]]:
    """The plain words of every simple command of a text, for checks before anything runs; quotes are resolved."""
    expander = Expander({}, lambda _pattern: [], lambda _script: "")
    found: list[list[str]] = []

    def walk(script: Script) -> None:
        for each in script.lists:
            for _, pipeline in each.pipelines:
                for command in pipeline.commands:
                    if isinstance(command, For):
                        walk(command.body)
                    elif command.words:
                        found.append([expander.text(word) for word in command.words])

    walk(parse(text))
    return found
