"""The recorder's own pages, as the first VmRSS of recorded processes shows them."""

from tests.oracle.cases import replay


def counted(process):
    mm = process.task.mm
    return mm.seen_rss, mm.rss_events


def test_a_process_is_born_with_13_pages_and_has_taken_37_faults():
    run, _ = replay("spawn A")
    assert counted(run.recorder.processes["A"]) == (13, 37)  # proc-rss-lag: VmRSS 52 kB


def test_after_the_first_exact_operation_it_is_born_with_14():
    run, _ = replay("exact on", "sleep 100", "spawn A", "exact on", "spawn B")
    assert counted(run.recorder.processes["A"]) == (14, 37)  # proc-status: 56 kB
    assert counted(run.recorder.processes["B"]) == (14, 37)


def test_a_process_spawned_first_of_all_is_born_with_13():
    run, _ = replay("exact on", "watch pgfault", "spawn A", "spawn B")
    assert [counted(run.recorder.processes[name])[0] for name in "AB"] == [13, 14]


def test_its_program_is_the_recorders():
    _, outcomes = replay("spawn A", "procfile A maps")
    first = outcomes[1].results["value"].splitlines()[0]
    assert first == "00400000-00401000 r--p 00000000 00:01 833                                /thpprobe"
