"""Marks note files, watched subjects and the trace; += counts from them."""

import pytest

from tests.commands.typed import with_app
from tests.scenario.toy import VMSTAT, ToySession
from thpsh.errors import UsageError
from thpsh.scenario import marks


def test_a_mark_keeps_the_values_of_its_time():
    session = ToySession()
    session.execute("split", None, None)
    noted = marks.mark(session, "before")
    session.execute("split; split", None, None)
    assert (noted.name, noted.record) == ("before", 1)
    assert session.replay.mark is noted
    assert marks.base(session, (VMSTAT, "thp_split")) == "1"


def test_the_trace_counts_from_nothing():
    session = ToySession()
    marks.mark(session)
    assert marks.base(session, ("trace", "thp_split")) == "0"


def test_without_a_mark_there_is_no_base():
    with pytest.raises(UsageError, match="expected a `mark` before it"):
        marks.base(ToySession(), (VMSTAT, "thp_split"))


def test_a_watched_subject_is_noted_at_the_next_mark():
    session = ToySession()
    marks.watch(session, ("table", "FREE"))
    marks.mark(session)
    assert marks.base(session, ("table", "FREE")) == "3937"


def test_a_subject_nobody_watched_is_watched_from_then_on():
    session = ToySession()
    marks.mark(session)
    with pytest.raises(UsageError, match="table FREE was not noted at the mark; it will be at the next one"):
        marks.base(session, ("table", "FREE"))
    marks.mark(session)
    assert marks.base(session, ("table", "FREE")) == "3937"


def test_what_did_not_exist_at_the_mark_counts_from_0():
    session = ToySession()
    marks.watch(session, ("/sys/later",))
    marks.mark(session)
    session.texts["/sys/later"] = "9\n"
    assert marks.base(session, ("/sys/later",)) == "0"


def test_files_of_processes_are_noted_and_found_by_name():
    t = with_app()
    t("touch app buf 2M; mark; touch app buf+2M 4M; spawn late; mmap late b 2M; touch late b")
    assert t("expect /proc/app/status VmRSS += 4096") == "held\n"
    assert marks.base(t.session, ("/proc/late/status", "VmRSS")) == "0"


def test_files_that_cost_a_walk_are_not_noted_unasked():
    t = with_app()
    t("mark")
    with pytest.raises(UsageError, match="was not noted at the mark"):
        marks.base(t.session, ("/proc/app/smaps", "buf", "Rss"))
