"""Suggestions: every one works when it is typed."""

import io
import json

import pytest

from tests.commands.typed import Typed
from tests.explain.stage import THP, explained, remedies
from tests.test_scenarios import checked_session
from thpsh.cli.host_files import shipped_scenarios
from thpsh.commands.facts import facts
from thpsh.explain.check import Check, State
from thpsh.explain.remedy import Outcome, Plan, find_remedies, no_help, plan
from thpsh.scenario import parser, syntax

TOPICS = [name for name in shipped_scenarios() if "/" not in name]


def hosts(name):
    """The session at the end of a shipped scenario."""
    path = shipped_scenarios()[name]
    with open(path, encoding="utf-8") as file:
        scenario = parser.parse(path, file.read(), syntax.complete)
    session = checked_session(scenario.front.machine)
    for step in scenario.steps:
        if not step.narration:
            session.execute(step.text, io.StringIO(), io.StringIO())
    return session


def places(session):
    """The first and the last range of every region of every process that lives."""
    for task in session.machine.kernel.tasks.values():
        if task.mm is None or task.dead:
            continue
        for region in task.regions.values():
            for address in {region.start, (region.end - 1) >> 21 << 21}:
                yield task.pid, max(address, region.start)


@pytest.mark.parametrize("name", TOPICS)
def test_every_suggestion_works_when_typed(name):
    session = hosts(name)
    for pid, address in list(places(session)):
        out = io.StringIO()
        before = facts(session)
        assert session.execute(f"explain {pid} {address:#x} --json", out, out) == 0, out.getvalue()
        assert facts(session) == before
        for each in json.loads(out.getvalue())["remedies"]:
            typed = io.StringIO()
            assert session.execute("; ".join(each["lines"]), typed, typed) == 0, (each, typed.getvalue())
            entry = session.machine.kernel.tasks[pid].mm.pmds[address >> 21]
            assert type(entry).__name__ == "HugePmd", each
            session.execute("undo", typed, typed)
            assert facts(session) == before


def test_memory_that_was_touched_keeps_its_content_if_it_can():
    host = Typed()
    host(
        f"echo never > {THP}/enabled; spawn app; mmap app buf 2M; touch app buf 1M --value 7; "
        f"echo always > {THP}/enabled"
    )
    [first, *_] = explained(host, "buf")["remedies"]
    assert not first["loses"]
    assert first["lines"] == ["madvise app buf 2M hugepage", "drain", "tick 11s"]


def test_what_cannot_be_huge_has_no_remedy():
    host = Typed()
    host("spawn app; mmap app buf 4M --shared")
    assert remedies(host, "buf") == []


def test_only_lines_that_are_needed_are_said():
    def attempt(lines):
        return Outcome(huge="b" in lines and ("a" in lines or "d" in lines), clean=True)

    assert [each.lines for each in find_remedies(Plan(("a", "b", "c", "d"), ()), attempt)] == [("b", "d"), ("a", "b")]


def test_losing_the_memory_is_the_last_resort():
    def attempt(lines):
        return Outcome(huge="again" in lines, clean=True)

    [found] = find_remedies(Plan(("a",), ("a", "again")), attempt)
    assert (found.lines, found.loses) == (("again",), True)


def test_plans_follow_the_conditions_that_fail():
    host = Typed()
    host("spawn app; mmap app buf 4M")
    task = next(task for task in host.session.machine.kernel.tasks.values() if task.name == "app")
    check = Check("none", "khugepaged_scan_pmd", "", "", State.NO)
    found = plan(task, "buf", task.regions["buf"].start, [check])
    assert found == Plan((f"echo 511 > {THP}/khugepaged/max_ptes_none",), ())


def test_a_huge_fault_elsewhere_registers_what_advice_did_not():
    host = Typed()
    host(f"echo madvise > {THP}/enabled; spawn app; mmap app buf 2M; touch app buf; drain; madvise app buf 2M hugepage")
    expected = ["mmap app other 2M", "madvise app other 2M hugepage", "touch app other 4K"]
    assert [each["loses"] for each in explained(host, "buf")["remedies"]] == [False, False]
    assert expected in remedies(host, "buf")


def test_names_in_use_are_not_suggested():
    host = Typed()
    host("spawn app; mmap app again 1M")
    assert remedies(host, "again") == [["mmap app again2 2M --at 0x200000000000", "touch app 0x200000000000 4K"]]


def test_memory_shared_since_a_fork_is_copied_first():
    host = Typed()
    host(
        "spawn app; mmap app buf 2M; madvise app buf 2M nohugepage; touch app buf; "
        "madvise app buf 2M hugepage; fork app child"
    )
    lines = ["mmap app other 2M", "touch app other 4K", "touch app buf 2M", "drain", "tick 11s"]
    assert lines in remedies(host, "buf")


def test_why_nothing_would_help():
    assert no_help([Check("enabled", "", "", "", State.NO), Check("ops", "", "", "", State.NO)]).startswith("files and")
    assert no_help([Check("count", "", "", "", State.NO)]) == ""


@pytest.mark.parametrize("place", ["heap", "stack"])
def test_the_program_itself_is_not_mapped_away(place):
    host = Typed()
    host("spawn app")
    assert remedies(host, place) == []
    text = " ".join(host(f"explain app {place}").split())
    assert text.endswith("no area covers all of these 2 MiB, and only whole ranges of one area can be huge")


@pytest.mark.parametrize("name", ["tour", "cgroup-limit", "poison", "swap", "guest"])
def test_explanations_fit_80_columns(name):
    session = hosts(name)
    for pid, address in list(places(session)):
        out = io.StringIO()
        session.execute(f"explain {pid} {address:#x}", out, out)
        assert max(map(len, out.getvalue().splitlines())) <= 80, out.getvalue()
