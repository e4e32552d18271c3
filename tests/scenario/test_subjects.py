"""What an expectation looks at: files, views, the trace, the log, processes."""

import pytest

from tests.commands.typed import with_app
from tests.scenario.toy import VMSTAT, ToySession
from thpsh.errors import Errno, KernelError, UsageError
from thpsh.scenario import subjects


@pytest.mark.parametrize(
    ("words", "op"),
    [
        ((VMSTAT, "thp_split"), "=="),
        (("trace", "thp_split"), "+="),
        (("dmesg",), "contains"),
        (("ps", "app"), "=="),
        (("slots", "app", "buf"), "=="),
    ],
)
def test_subjects_there_are(words, op):
    subjects.check_subject(words, op, ToySession())


@pytest.mark.parametrize(
    ("words", "op", "message"),
    [
        (("trace",), "==", "trace EVENT OP COUNT"),
        (("trace", "thp_split"), "contains", "numeric OP"),
        (("trace", "nothing"), "==", "trace nothing: no such event; known: "),
        (("dmesg",), "==", "dmesg contains TEXT"),
        (("dmesg", "x"), "contains", "dmesg contains TEXT"),
        (("ps",), "==", "ps PROC OP STATE"),
        (("nonsense",), "==", "'nonsense': expected a file"),
    ],
)
def test_subjects_that_cannot_be_are_named(words, op, message):
    with pytest.raises(UsageError) as error:
        subjects.check_subject(words, op, ToySession())
    assert message in str(error.value)


def test_events_of_all_rooms_are_known():
    assert {"thp_split", "thp_fault_alloc", "mm_page_alloc"} <= subjects.event_names()


def test_the_trace_counts_ranges_by_their_length_and_growth_from_the_mark():
    session = ToySession()
    session.execute("split; split; mark; split", None, None)
    assert subjects.subject_value(session, ("trace", "thp_split"), "==") == "3"
    assert subjects.subject_value(session, ("trace", "thp_split"), "+=") == "1"
    t = with_app()
    t("madvise app buf nohugepage; touch app buf 1M")
    assert int(subjects.subject_value(t.session, ("trace", "page_fault"), "==")) >= 256


def test_a_key_that_is_not_there_has_no_value_and_a_missing_file_is_an_error():
    session = ToySession()
    assert subjects.subject_value(session, (VMSTAT, "nothing"), "==") is None
    with pytest.raises(KernelError) as error:
        subjects.subject_value(session, ("/proc/none",), "==")
    assert error.value.errno == Errno.ENOENT
    assert subjects.read_error(error.value) == "cannot be read: No such file or directory (ENOENT)"


def test_a_view_is_its_first_word_its_text_or_a_column():
    session = ToySession()
    assert subjects.view_value(session, ("slots", "app", "buf"), "==") == "HF."
    assert subjects.view_value(session, ("slots", "app", "buf"), "contains") == "HF. 512 512 0\n"
    assert subjects.view_value(session, ("table", "FREE"), "==") == "3937"
    with pytest.raises(UsageError, match="slots app: the view does not take these words"):
        subjects.view_value(session, ("slots", "app"), "==")


def test_smaps_is_summed_over_a_region_or_the_process():
    t = with_app()
    t("touch app buf 4M; mmap app other 2M; touch app other")
    smaps = "/proc/app/smaps"
    assert subjects.subject_value(t.session, (smaps, "buf", "AnonHugePages"), "==").split()[0] == "4096"
    assert subjects.subject_value(t.session, (smaps, "AnonHugePages"), "==").split()[0] == "6144"
    with pytest.raises(UsageError, match="'none': app has no such region; it has buf, other, heap, stack"):
        subjects.subject_value(t.session, (smaps, "none", "Rss"), "==")


def test_the_heap_and_the_stack_are_regions_by_themselves():
    t = with_app()
    t("brk app 4M")
    task = subjects.find_task(t.session, "app")
    start, end = subjects.region_range(task, "heap")
    assert end - start == 4 << 20
    start, end = subjects.region_range(task, "stack")
    assert start <= task.mm.start_stack < end


def test_a_process_is_found_by_name_or_pid_and_its_end_is_told():
    t = with_app()
    assert subjects.find_task(t.session, "100") is subjects.find_task(t.session, "app")
    assert subjects.process_state(t.session, "app") == "sleeping"
    assert subjects.process_state(t.session, "nobody") == "gone"
    t("spawn b; exit b; kill app")
    assert subjects.process_state(t.session, "b") == "dead"
    assert subjects.process_state(t.session, "app") == "killed by SIGKILL"
