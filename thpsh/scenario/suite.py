"""Suite: scenarios found, checked before any runs, replayed in order, and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thpsh.errors import Errno, UsageError
from thpsh.record import field, record
from thpsh.scenario import report, runner, syntax
from thpsh.scenario.parser import parse
from thpsh.scenario.place import placed
from thpsh.scenario.runner import Manner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from thpsh.scenario.parser import Scenario
    from thpsh.scenario.runner import Result
    from thpsh.scenario.session import ScenarioFiles, Session, Sink

    MakeSession = Callable[[Mapping[str, Any]], Session]


@record(frozen=True)
class Reports:
    """Where the reports go; `-` is standard output, empty is nowhere."""

    json: str = ""
    junit: str = ""


@record
class Suite:
    """The scenarios of one `run`."""

    files: ScenarioFiles
    make_session: MakeSession  # boots a host from the machine keys of a front matter
    manner: Manner = field(default_factory=Manner)
    chain: tuple[str, ...] = ()  # the scenarios this run is inside of

    def run(self, words: Sequence[str], out: Sink) -> list[Result]:
        """Replay what the words stand for; UsageError if any file is wrong, before the first line runs."""
        paths = [path for word in words for path in self.files.scenarios(word)]
        prepared = [self._prepare(path, self.chain) for path in paths]
        results = []
        for scenario, session in prepared:
            results.append(self._replay(scenario, session, out, alone=len(prepared) == 1))
            if self.manner.fail_fast and results[-1].failed:
                break
        out.write(report.closing_line(results) + "\n")
        return results

    def _prepare(self, path: str, chain: tuple[str, ...]) -> tuple[Scenario, Session]:
        """A scenario with the host it will run on, every line of it checked."""
        refuse_loop((*chain, path))
        scenario = parse(path, self.files.read(path), syntax.complete)
        session = self._boot(scenario)
        session.replay.chain = (*chain, path)
        syntax.check(scenario, session)
        for line, word in syntax.inner_runs(scenario):
            with placed(path, line):
                for inner in self.files.scenarios(word):
                    self._prepare(inner, (*chain, path))
        return scenario, session

    def _boot(self, scenario: Scenario) -> Session:
        """The host a scenario asks for; what cannot be booted is an error of its front matter."""
        try:
            return self.make_session(scenario.front.machine)
        except UsageError as error:
            raise UsageError(f"{scenario.file}: {error}") from None

    def _replay(self, scenario: Scenario, session: Session, out: Sink, *, alone: bool) -> Result:
        """Replay one scenario; among several each has a heading and a closing line of its own."""
        if not self.manner.quiet:
            out.write(f"== {scenario.title}" + ("" if alone else f" ({scenario.file})") + "\n")
        result = runner.replay(scenario, session, out, self.manner)
        if not alone:
            out.write(f"{scenario.file}: {report.closing_line([result])}\n")
        return result


def refuse_loop(chain: tuple[str, ...]) -> None:
    """UsageError if the last of the scenarios is already being replayed."""
    if chain[-1] in chain[:-1]:
        loop = " -> ".join(chain[chain.index(chain[-1]) :])
        raise UsageError(f"run: {loop}: a scenario that runs itself ({Errno.ELOOP.name})")


def run_inside(
    session: Session, files: ScenarioFiles, make_session: MakeSession, words: Sequence[str], out: Sink
) -> int:
    """The `run` command: replay scenarios on hosts of their own; their expectations count for the one around."""
    state = session.replay
    suite = Suite(files, make_session, Manner(quiet=state.quiet), state.chain)
    results = suite.run(words, out)
    state.outcomes += [outcome for result in results for outcome in result.outcomes]
    return 1 if any(result.failed for result in results) else 0
