"""Suite: scenarios found, checked before any runs, replayed in order, and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thpsh.errors import Errno, UsageError
from thpsh.record import field, record, replace
from thpsh.scenario import report, runner, syntax
from thpsh.scenario.lesson import as_scenario, is_lesson, read_lesson
from thpsh.scenario.parser import parse
from thpsh.scenario.place import placed
from thpsh.scenario.runner import Manner
from thpsh.scenario.sides import Side, sides_of

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
    one_side: bool = False  # the kernel was chosen by who runs them: `commits` have no say
    wrong_side: bool = False  # what is tagged with a commit is judged where it must not hold

    def run(self, words: Sequence[str], out: Sink) -> list[Result]:
        """Replay what the words stand for; UsageError if any file is wrong, before the first line runs."""
        paths = [path for word in words for path in self.files.scenarios(word)]
        prepared = [each for path in paths for each in self._prepare(path, self.chain)]
        results = []
        for scenario, side, session in prepared:
            results.append(self._replay(scenario, side, session, out, alone=len(prepared) == 1))
            if self.manner.fail_fast and results[-1].failed:
                break
        out.write(report.closing_line(results) + "\n")
        return results

    def _prepare(self, path: str, chain: tuple[str, ...]) -> list[tuple[Scenario, str, Session]]:
        """A scenario with each host it will run on and the name of that side, every line of it checked."""
        refuse_loop((*chain, path))
        scenario = parse(path, self.files.read(path), syntax.complete)
        if is_lesson(scenario):
            scenario = as_scenario(read_lesson(scenario))
        sides = (Side("", scenario.front.machine),) if self.one_side else sides_of(scenario.front)
        found = []
        for side in sides:
            session = self._boot(scenario, side)
            session.replay.chain = (*chain, path)
            session.replay.wrong = scenario.front.commits if self.wrong_side else ()
            syntax.check(scenario, session)
            found.append((scenario, side.label, session))
        for line, word in syntax.inner_runs(scenario):
            with placed(path, line):
                for inner in self.files.scenarios(word):
                    self._prepare(inner, (*chain, path))
        return found

    def _boot(self, scenario: Scenario, side: Side) -> Session:
        """The host a scenario asks for; what cannot be booted is an error of its front matter."""
        try:
            return self.make_session(side.keys)
        except UsageError as error:
            raise UsageError(f"{scenario.file}: {error}") from None

    def _replay(self, scenario: Scenario, side: str, session: Session, out: Sink, *, alone: bool) -> Result:
        """Replay one scenario; among several each has a heading and a closing line of its own."""
        if not self.manner.quiet:
            where = f", {side}" if side else ""
            out.write(f"== {scenario.title}{where}" + ("" if alone else f" ({scenario.file})") + "\n")
        result = replace(runner.replay(scenario, session, out, self.manner), side=side)
        if not alone:
            where = f" {side}" if side else ""
            out.write(f"{scenario.file}{where}: {report.closing_line([result])}\n")
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
