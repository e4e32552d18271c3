"""Every shipped scenario holds, with all invariants checked after each of its commands."""

import io

import pytest

from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles, shipped_scenarios
from thpsh.commands.machine_options import spec_from_keys
from thpsh.commands.session import Session
from thpsh.mm.debug_vm import debug_vm
from thpsh.scenario.suite import Suite

REQUIRED = {
    "tour",
    "first-huge-page",
    "alignment",
    "read-fault",
    "partial-munmap",
    "fork-and-copy",
    "mprotect-and-mincore",
    "knobs",
    "small-machine",
}


def checked_session(keys):
    spec = spec_from_keys(keys)
    session = Session(boot(spec), HostFiles(), spec)
    session.after = lambda session: debug_vm(session.machine.kernel)
    return session


def test_the_promised_scenarios_are_shipped():
    assert set(shipped_scenarios()) >= REQUIRED


TOPICS = [name for name in shipped_scenarios() if "/" not in name]
QUESTIONS = [name for name in shipped_scenarios() if name.startswith("questions/")]


@pytest.mark.parametrize("name", [*TOPICS, *QUESTIONS])
def test_a_shipped_scenario_holds(name):
    out = io.StringIO()
    results = Suite(HostFiles(), checked_session).run([name], out)
    assert [result.failed for result in results] == [0] * len(results), out.getvalue()
    assert all(result.checked >= 5 and result.title != name for result in results)
    assert out.getvalue().endswith(f"all {sum(result.checked for result in results)} expectations held\n")


@pytest.mark.parametrize("name", [*TOPICS, *QUESTIONS])
def test_a_replay_gives_the_same_bytes_each_time(name):
    transcripts = []
    for _ in range(2):
        out = io.StringIO()
        Suite(HostFiles(), checked_session).run([name], out)
        transcripts.append(out.getvalue())
    assert transcripts[0] == transcripts[1]


def test_there_are_ten_questions():
    assert [name.removeprefix("questions/")[:2] for name in QUESTIONS] == [f"{number:02d}" for number in range(1, 11)]
