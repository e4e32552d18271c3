"""The README's commands are those that .ci/run executes, and its claims can be checked."""

import re
import subprocess
from pathlib import Path

from thpsh.cli.bench.table import benchmarks
from thpsh.releases import CHANGES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(heading):
    """The first fenced block after a heading, as .ci/run reads it."""
    found = re.search(rf"^## {heading}\n.*?^```\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return found[1]


def test_the_main_job_is_one_command_after_the_clone():
    lines = block("Run it").splitlines()
    assert lines[0].startswith("git clone ")
    assert lines[1].endswith("thpsh run tour")
    assert len(lines) == 2


def test_the_tests_are_one_command():
    (line,) = block("Test it").splitlines()
    assert "pytest" in line


def test_ci_runs_the_very_same_commands():
    """.ci/run cuts the blocks out of the README with awk; here the same cut is compared."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    function = re.search(r"^readme_block\(\) \{\n.*?^\}\n", script, re.MULTILINE | re.DOTALL)[0]
    for heading in ("Run it", "Test it"):
        done = subprocess.run(
            ["bash", "-c", f"{function}\nreadme_block '{heading}'"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        expected = [line for line in block(heading).splitlines() if not line.startswith("git clone ")]
        assert done.stdout.splitlines() == expected
    assert script.count("readme_block") == 3


def test_the_workflow_only_calls_ci_run():
    workflow = (ROOT / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8")
    assert re.findall(r"- run: (.*)", workflow) == [".ci/run"]


def test_every_benchmark_has_a_row():
    rows = re.findall(r"^\| `(\w+)`", README, re.MULTILINE)
    assert [name for name in benchmarks() if name not in rows] == []


def test_every_file_it_names_exists():
    for path in re.findall(r"`((?:scenarios|thpsh|tests)/[\w./-]*)`", README):
        assert (ROOT / path).exists(), path


def test_the_table_of_the_38_commits_is_made_from_their_rows():
    commits = sorted((change for change in CHANGES if change.number), key=lambda change: change.number)
    rows = [
        f"| {each.number} | {each.date} | {each.subject}{'' if each.subject_confirmed else ' ?'} | {each.first} "
        f"| {each.kind} | {each.summary} |"
        for each in commits
    ]
    table = README.split("| # | date | subject | first in | class | what |\n|---|---|---|---|---|---|\n", 1)[1]
    assert table.split("\n\n", 1)[0].splitlines() == rows


def test_the_ten_questions_are_those_of_the_scenarios():
    rows = re.findall(r"^\| `(questions/[\w-]+)` \| (.*) \|$", README, re.MULTILINE)
    found = []
    for path in sorted((ROOT / "scenarios" / "questions").glob("*.thp")):
        title = re.search(r'^title = "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
        found.append((f"questions/{path.stem}", title[1]))
    assert rows == found
