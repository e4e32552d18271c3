"""Several scenarios: checked before any runs, loops refused, one total line."""

import io

import pytest

from tests.scenario.toy import ToyFiles, ToySession
from thpsh.errors import UsageError
from thpsh.scenario.runner import Manner
from thpsh.scenario.suite import Suite


def run(words, manner=None, **texts):
    files = ToyFiles(**texts)
    sessions = []

    def make(keys):
        sessions.append(ToySession(keys, files))
        return sessions[-1]

    out = io.StringIO()
    results = Suite(files, make, manner or Manner()).run(words, out)
    return results, out.getvalue(), sessions


def refusal(words, **texts):
    files = ToyFiles(**texts)
    ran = []

    def make(keys):
        session = ToySession(keys, files)
        ran.append(session.ran)
        return session

    with pytest.raises(UsageError) as error:
        Suite(files, make).run(words, io.StringIO())
    assert not any(ran), "something ran although a file is wrong"
    return str(error.value)


def test_one_scenario_ends_with_its_line():
    _, text, _ = run(["a"], a="expect /proc/vmstat thp_split == 0\n")
    assert text.splitlines()[0] == "== a"
    assert text.splitlines()[-1] == "all 1 expectations held"


def test_several_end_with_one_total_line():
    _, text, _ = run(
        ["a", "b"],
        a="expect /proc/vmstat thp_split == 0\n",
        b="expect /proc/vmstat thp_split == 1\nexpect /proc/vmstat thp_split == 0\n",
    )
    assert "a.thp: all 1 expectations held" in text.splitlines()
    assert "b.thp: 1 of 2 expectations failed" in text.splitlines()
    assert text.splitlines()[-1] == "1 of 3 expectations failed"


def test_each_has_a_host_of_its_own_as_its_front_matter_says():
    _, text, sessions = run(
        ["a", "b"],
        a="+++\nmemory = '64M'\n+++\nsplit\n",
        b="expect /proc/vmstat thp_split == 0\n",
    )
    assert [session.keys for session in sessions] == [{"memory": 64 << 20}, {}]
    assert text.endswith("all 1 expectations held\n")


def test_fail_fast_leaves_the_rest_out():
    results, _, _ = run(["a", "b"], Manner(fail_fast=True), a="get /proc/nothing\n", b="split\n")
    assert [result.file for result in results] == ["a.thp"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("split\nsay 'x\n", "a.thp:2:1: the command has no end: say 'x"),
        ("split\nnonsense app\n", "a.thp:2:1: nonsense: command not found"),
        ("split\nsay x | nonsense\n", "a.thp:2:9: nonsense: command not found"),
        ("split\nslots app\n", "a.thp:2:1: slots: expected PROC REGION"),
        ("split\nsay a; slots app\n", "a.thp:2:8: slots: expected PROC REGION"),
        ("split\nfor x in 1; do\n  slots app\ndone\n", "a.thp:4:3: slots: expected PROC REGION"),
        ("split\nexpect /proc/vmstat\n", "a.thp:2:1: expect: no operator"),
        ("split\nexpect trace nonsense == 1\n", "a.thp:2:1: trace nonsense: no such event"),
        ("split\nfails EWHAT split\n", "a.thp:2:1: fails: unknown errno 'EWHAT'"),
        ("split\nfails EINVAL\n", "a.thp:2:1: fails: expected ERRNO and a command"),
        ("split\nfails EINVAL nonsense\n", "a.thp:2:1: nonsense: command not found"),
        ("split\nsay x |\n", "a.thp:2:1: the command has no end: say x |"),
        ("split\nsay x | | wc\n", "a.thp:2:9: "),
        ("split\nwhile true; do split; done\n", "a.thp:2:1: while: "),
        ("split\nsay $(nonsense\n", "a.thp:2:1: the command has no end"),
    ],
)
def test_a_wrong_line_is_placed_and_nothing_runs(text, message):
    if "\n  slots" in text:
        message = message.replace(":4:", ":3:")
    assert refusal(["a"], a=text).startswith(message)


def test_a_wrong_file_keeps_the_others_from_running():
    assert refusal(["a", "b"], a="split\n", b="nonsense\n").startswith("b.thp:1:1: ")


def test_words_that_depend_on_a_run_are_not_judged_before_it():
    results, _, _ = run(["a"], a="for n in app; do slots $n buf; done\nsay *.thp\n")
    assert results[0].failed == 0


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"a": "split\nrun a\n"}, "a.thp:2:1: run: a.thp -> a.thp: a scenario that runs itself (ELOOP)"),
        (
            {"a": "run b\n", "b": "split\nrun a\n"},
            "b.thp:2:1: run: a.thp -> b.thp -> a.thp: a scenario that runs itself (ELOOP)",
        ),
        ({"a": "split\nrun missing\n"}, "a.thp:2:1: run: missing: no such scenario"),
    ],
)
def test_a_scenario_that_runs_itself_is_refused_with_its_chain(texts, message):
    assert refusal(["a"], **texts) == message


def test_a_loop_that_only_shows_while_running_is_refused_too():
    results, text, _ = run(["a"], a="for s in a; do run $s; done\n")
    assert "run: a.thp -> a.thp: a scenario that runs itself (ELOOP)" in text
    assert results[0].failed == 1


def test_expectations_of_an_inner_run_count_for_the_outer():
    results, text, _ = run(["a"], a="run b\n", b="expect /proc/vmstat thp_split == 1\n")
    assert (results[0].checked, results[0].failed) == (1, 1)
    assert "b.thp:1: expectation failed" in text
    assert "line failed" not in text


def test_a_host_that_cannot_be_is_an_error_of_its_file():
    def make(keys):
        raise UsageError("nodes 0: expected 1 to 64")

    with pytest.raises(UsageError, match=r"^a\.thp: nodes 0: expected 1 to 64$"):
        Suite(ToyFiles(a="split\n"), make).run(["a"], io.StringIO())


BOTH = """+++
commits = [22]
+++
expect /proc/vmstat thp_split == 0
"""


def test_a_scenario_with_commits_is_replayed_without_and_with_them():
    results, text, sessions = run(["a"], a=BOTH)
    assert [result.side for result in results] == ["without 22", "with 22"]
    assert [session.keys.get("revert") for session in sessions] == [("22",), None]
    assert "== a, without 22 (a.thp)" in text
    assert "a.thp with 22: all 1 expectations held" in text
