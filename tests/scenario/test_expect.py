"""Expectations: grammar, every subject, and what a failure shows."""

import pytest

from tests.scenario.toy import VMSTAT, ToySession
from thpsh.errors import UsageError
from thpsh.scenario import expect, marks


@pytest.fixture
def session():
    return ToySession()


def check(session, line):
    return expect.check(session, line.split())


@pytest.mark.parametrize(
    "line",
    [
        "/proc/meminfo AnonHugePages == 2048 kB",
        "/proc/meminfo AnonHugePages == 2M",
        "/proc/meminfo contains AnonHugePages: 2048",
        "/proc/vmstat thp_split <= 0",
        "slots app buf == HF.",
        "slots app buf contains 512 512",
        "table FREE == 3937",
        "table == ZONE",
        "trace thp_split == 0",
        "ps nobody == gone",
        "--with 25 /proc/vmstat thp_split == 0",
        "--without 7 /proc/vmstat thp_split == 0",
    ],
)
def test_what_is_so_holds(session, line):
    assert check(session, line).held


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/proc/meminfo AnonHugePages == 4096 kB", "2048 kB"),
        ("/proc/meminfo HugePages_Total == 0", "no 'HugePages_Total' there"),
        ("/proc/nothing == 1", "cannot be read: No such file or directory (ENOENT)"),
        ("slots app buf == HHH", "HF."),
        ("table FREE > 4000", "3937"),
        ("trace thp_split == 1", "0"),
        ("ps nobody == running", "gone"),
    ],
)
def test_what_is_not_so_says_what_was_found(session, line, found):
    outcome = check(session, line)
    assert (outcome.held, outcome.found) == (False, found)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("", "no operator"),
        ("/proc/vmstat thp_split", "no operator"),
        ("== 3", "nothing before =="),
        ("/proc/vmstat thp_split ==", "no value after =="),
        ("/proc/vmstat thp_split > many", "'many'"),
        ("--with", "--with: expected the number"),
        ("--maybe 3 /proc/vmstat x == 1", "--maybe"),
        ("nonsense a b == 1", "'nonsense'"),
        ("trace thp_split contains x", "numeric OP"),
        ("trace no_such_event == 1", "no_such_event: no such event"),
        ("dmesg == x", "dmesg contains TEXT"),
        ("ps == running", "ps PROC"),
        ("/proc/vmstat matches (", "no regular expression"),
        ("slots app buf extra more == 1", "does not take these words"),
    ],
)
def test_a_wrong_word_names_itself(session, line, named):
    with pytest.raises(UsageError) as error:
        check(session, line)
    assert named in str(error.value)


def test_growth_counts_from_the_mark(session):
    session.execute("split; mark; split; split", None, None)
    assert check(session, "/proc/vmstat thp_split += 2").held
    assert check(session, "trace thp_split += 2").held
    assert check(session, "trace thp_split == 3").held
    outcome = check(session, "/proc/vmstat thp_split += 3")
    assert (outcome.held, outcome.found) == (False, "2 (1 at the mark, 3 now)")


def test_growth_without_a_mark_is_refused(session):
    with pytest.raises(UsageError, match="expected a `mark` before it"):
        check(session, "/proc/vmstat thp_split += 0")


def test_growth_of_what_the_mark_did_not_note_is_refused_once(session):
    session.texts["/sys/toy"] = "5\n"
    marks.mark(session)
    with pytest.raises(UsageError, match="/sys/toy was not noted at the mark"):
        check(session, "/sys/toy += 0")
    marks.mark(session)
    session.texts["/sys/toy"] = "7\n"
    assert check(session, "/sys/toy += 2").held


def test_a_failure_shows_the_last_events_that_moved_the_value(session):
    session.execute("split; log noise; split; split; split", None, None)
    outcome = check(session, "/proc/vmstat thp_split == 9")
    assert len(outcome.events) == 3
    assert all("thp_split pfn=0x200" in event for event in outcome.events)
    assert expect.outcome_lines(outcome) == [
        "expectation failed: expect /proc/vmstat thp_split == 9",
        "    expected: == 9",
        "    found:    4",
        "    last events that changed it:",
        *(f"        {event}" for event in outcome.events),
    ]


def test_a_long_text_is_cut_in_a_failure(session):
    session.texts["/sys/toy"] = "x\n" * 50
    lines = expect.outcome_lines(check(session, "/sys/toy contains y"))
    assert lines[-1] == "        … and 38 lines more"


def test_the_log_is_searched(session):
    session.execute("log out of coffee", None, None)
    assert check(session, "dmesg contains of coffee").held
    assert check(session, "dmesg matches coffee$").held
    assert not check(session, "dmesg contains tea").held


@pytest.mark.parametrize("line", ["--with 7 /proc/vmstat thp_split == 9", "--without 25 /proc/vmstat thp_split == 9"])
def test_an_expectation_for_another_kernel_is_skipped(session, line):
    outcome = check(session, line)
    assert (outcome.held, outcome.skipped) == (True, True)


def test_comparisons_are_words_on_the_line(session):
    assert session.execute(f"expect {VMSTAT} thp_split >= 0; expect {VMSTAT} thp_split < 1", None, None) == 0
    assert [outcome.held for outcome in session.replay.outcomes] == [True, True]
