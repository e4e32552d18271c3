"""Reports of replayed scenarios: the closing line, JSON and JUnit."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any, Final

from thpsh import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.scenario.replay import Outcome
    from thpsh.scenario.runner import Result

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
FORMAT: Final = 1  # of the JSON report; its schema is report.schema.json beside this file


def closing_line(results: Sequence[Result]) -> str:
    """The last line of every run: other programs read it."""
    checked = sum(result.checked for result in results)
    failed = sum(result.failed for result in results)
    return f"{failed} of {checked} expectations failed" if failed else f"all {checked} expectations held"


def as_json(results: Sequence[Result]) -> str:
    """The report for a machine."""
    report = {
        "format": FORMAT,
        "thpsh": __version__,
        "expectations": sum(result.checked for result in results),
        "failed": sum(result.failed for result in results),
        "scenarios": [_scenario(result) for result in results],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _scenario(result: Result) -> dict[str, Any]:
    """One scenario of the JSON report."""
    return {
        "file": result.file,
        "title": result.title,
        "side": result.side,
        "commands": result.lines,
        "expectations": result.checked,
        "failed": result.failed,
        "outcomes": [_outcome(outcome) for outcome in result.outcomes],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    """One expectation of the JSON report."""
    return {
        "file": outcome.place.file,
        "line": outcome.place.line,
        "text": outcome.text,
        "result": "skipped" if outcome.skipped else "held" if outcome.held else "failed",
        "expected": outcome.expected,
        "found": outcome.found,
        "events": list(outcome.events),
    }


def as_junit(results: Sequence[Result]) -> str:
    """The report in the XML that build servers read."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    tests = sum(len(result.outcomes) for result in results)
    lines.append(f'<testsuites name="thpsh" tests="{tests}" failures="{sum(result.failed for result in results)}">')
    for result in results:
        skipped = sum(outcome.skipped for outcome in result.outcomes)
        name = f"{result.title}, {result.side}" if result.side else result.title
        lines.append(
            f'  <testsuite name="{_xml(name)}" tests="{len(result.outcomes)}" '
            f'failures="{result.failed}" skipped="{skipped}">'
        )
        for outcome in result.outcomes:
            lines += _case(result, outcome)
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _xml(text: str) -> str:
    """Text as XML takes it: markup escaped, control characters (which XML cannot hold) as `?`."""
    return escape(_CONTROL.sub("?", text))


def _case(result: Result, outcome: Outcome) -> list[str]:
    """One test case of the JUnit report."""
    name = _xml(f"line {outcome.place.line}: {outcome.text}")
    head = f'    <testcase classname="{_xml(result.file)}" name="{name}"'
    if outcome.skipped:
        return [f"{head}><skipped/></testcase>"]
    if outcome.held:
        return [f"{head}/>"]
    message = _xml(f"expected {outcome.expected}, found {outcome.found}")
    body = _xml("\n".join([f"expected: {outcome.expected}", f"found: {outcome.found}", *outcome.events]))
    return [f"{head}>", f'      <failure message="{message}">{body}</failure>', "    </testcase>"]
