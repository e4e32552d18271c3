"""One scenario replayed: transcript, failures, quiet, fail-fast, pause."""

import io

from tests.scenario.toy import ToySession
from thpsh.scenario.parser import parse
from thpsh.scenario.runner import Manner, replay
from thpsh.scenario.syntax import complete

TEXT = """# Watch this.
say hello
expect /proc/vmstat thp_split == 0

split
expect /proc/vmstat thp_split += 2
for word in a b; do
  say $word
done
slots app buf
get /proc/nothing
fails ENOENT get /proc/nothing
"""


def run(text, **manner):
    out = io.StringIO()
    session = ToySession()
    result = replay(parse("dir/x.thp", text, complete), session, out, Manner(**manner))
    return result, out.getvalue(), session


def test_a_replay_reads_like_a_session():
    result, text, _ = run(TEXT)
    assert text.splitlines()[:5] == [
        "# Watch this.",
        "thpsh> say hello",
        "hello",
        "thpsh> expect /proc/vmstat thp_split == 0",
        "thpsh> split",
    ]
    assert "thpsh> for word in a b; do\n>   say $word\n> done\na\nb\n" in text
    assert (result.lines, result.checked, result.failed) == (8, 4, 2)


def test_failures_name_file_and_line_and_the_replay_goes_on():
    _, text, _ = run(TEXT)
    assert "dir/x.thp:6: expectation failed: expect /proc/vmstat thp_split += 2\n" in text
    assert "    found:    1 (0 at the mark, 1 now)\n" in text
    assert "dir/x.thp:11: line failed with status 1: get /proc/nothing\n" in text
    assert "thpsh> fails ENOENT" in text


def test_quiet_shows_only_what_failed():
    _, text, _ = run(TEXT, quiet=True)
    assert text.splitlines()[0] == "dir/x.thp:6: expectation failed: expect /proc/vmstat thp_split += 2"
    assert "hello" not in text
    assert "Watch" not in text


def test_fail_fast_stops_at_the_first_failure():
    result, _, session = run(TEXT, fail_fast=True)
    assert (result.lines, result.checked, result.failed) == (4, 2, 1)
    assert "say a" not in session.ran


def test_the_pause_comes_after_each_command():
    pauses = []
    run("# x\nsay a\nsay b\n", pause=lambda: pauses.append(1))
    assert len(pauses) == 2


def test_a_failing_line_counts_as_a_failed_expectation():
    result, _, _ = run("slots\n")
    assert (result.checked, result.failed) == (1, 1)
    assert result.outcomes[0].found == "slots: expected PROC REGION"


def test_a_negated_line_may_fail():
    result, _, _ = run("! get /proc/nothing\nget /proc/nothing || say no\n")
    assert (result.checked, result.failed) == (0, 0)


def test_a_skipped_expectation_is_not_counted():
    result, _, _ = run("expect --without 25 /proc/vmstat thp_split == 9\n")
    assert (result.checked, result.failed) == (0, 0)
