"""Reading recordings: what they say, and what is wrong with them."""

import pytest

from tests.oracle.cases import op, recording, region, text, vma
from thpsh.errors import UsageError
from thpsh.oracle.outcome import VmaView
from thpsh.oracle.recording import read_recording

MIB = 1 << 20
EMPTY = region("A", "r", ".", [0], vma(0, 2048))


def test_an_operation_has_its_line_its_results_and_its_faults():
    read = recording(
        op("touch A r 4K write", "SIGBUS", at=4096, minflt=3, majflt=1, vmstat={"thp_split": 2})
    ).operations
    assert (read[0].index, read[0].words) == (0, ["touch", "A", "r", "4K", "write"])
    assert (read[0].expected.ret, read[0].expected.results) == ("SIGBUS", {"at": 4096})
    assert (read[0].expected.minflt, read[0].expected.majflt) == (3, 1)
    assert read[0].expected.counters == {"thp_split": 2}


def test_no_major_faults_are_recorded_as_none():
    counted, uncounted = recording(op("touch A r 4K write", minflt=3), op("spawn B")).operations
    assert (counted.expected.minflt, counted.expected.majflt) == (3, 0)
    assert (uncounted.expected.minflt, uncounted.expected.majflt) == (None, None)


def test_gauges_and_the_faults_of_everybody_are_left_out():
    moved = {"pgfault": 44, "nr_anon_pages": 8, "thp_fault_alloc": 1, "pages_collapsed": 2}
    read = recording(op("spawn A", vmstat=moved)).operations[0]
    assert read.expected.counters == {"thp_fault_alloc": 1, "pages_collapsed": 2}


def test_a_region_that_is_not_printed_again_is_as_before():
    first, second = recording(op("mmap A r 2M", maps=[EMPTY]), op("madvise A r 2M hugepage")).operations
    assert second.expected.regions == first.expected.regions
    assert first.expected.regions[("A", "r")].vmas == (VmaView(0, 2048, "rw-p"),)


def test_what_a_region_does_not_print_is_zero():
    full = region("A", "r", "zH", [3, 512], vma(0, 4096, Rss=2048), zero=[3, 0], mod2M=4096)
    view = recording(op("mmap A r 4M", maps=[full])).operations[0].expected.regions[("A", "r")]
    assert (view.present, view.zero, view.swapped, view.special) == ((3, 512), (3, 0), (0, 0), (0, 0))
    assert (view.mod2m, view.vmas[0].fields) == (4096, {"Rss": 2048})


@pytest.mark.parametrize("end", [op("exit A"), op("touch A r 4K write", "KILLED"), op("touch B r 4K read", died=["A"])])
def test_the_regions_of_a_dead_process_are_gone(end):
    last = recording(op("mmap A r 2M", maps=[EMPTY]), end).operations[-1]
    assert last.expected.regions == {}


@pytest.mark.parametrize(
    ("line", "looked"),
    [
        ("write /sys/kernel/mm/transparent_hugepage/enabled always", False),
        ("write /sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs 1", False),
        ("write /sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled always", True),
        ("read /sys/kernel/mm/transparent_hugepage/enabled", True),
    ],
)
def test_nobody_looks_after_a_write_that_wakes_khugepaged(line, looked):
    assert recording(op(line)).operations[0].looked is looked


def test_what_differed_between_runs_is_noisy():
    read = recording(
        op("spawn A"),
        op("spawn B", vmstat_range={"thp_split": [1, 2]}),
        noisy=[{"op": 0, "key": "value", "values": "see there"}],
        differences=[{"op": 1, "key": "A/r slots", "values": []}],
    ).operations
    assert read[0].noisy == {"value"}
    assert read[1].noisy == {"thp_split", "A/r slots"}


@pytest.mark.parametrize(
    ("total", "memory"), [(2063540, 2048), (640208, 640), (2063412, 2048), (8127012, 8192), (510000, 512)]
)
def test_a_machine_has_somewhat_more_memory_than_its_kernel_manages(total, memory):
    read = recording(machine={"MemTotal_kB": total, "nodes": 2, "cpus": 4})
    assert (read.memory, read.nodes, read.cpus) == (memory * MIB, 2, 4)


def test_a_recording_need_not_name_its_machine():
    assert (recording().memory, recording().nodes, recording().cpus) == (None, None, None)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "line 1, column 2: no JSON"),
        ("[]", "recording: expected an object, found a list"),
        ('{"kernel": "3.0"}', "ops: expected a list, found nothing"),
        ('{"ops": []}', "kernel: expected text, found nothing"),
        ("[" * 100000, "no JSON that can be read"),
        (text(machine=[1]), "machine: expected an object, found a list"),
        (text(machine={"MemTotal_kB": "2G"}), "MemTotal_kB: expected a number, found '2G'"),
        (text(op("spawn A"), op(7)), "op 1: op: expected text, found a number"),
        (text(op("  ")), "op 0: the operation has no words"),
        (text(op("spawn A", None)), "op 0: ret: expected 0 or a word like -EINVAL, found None"),
        (text(op("spawn A", True)), "op 0: ret: expected 0 or a word like -EINVAL, found True"),
        (text(op("touch A r 4K write", minflt=-1)), "op 0: minflt: expected a number, found -1"),
        (text(op("spawn A", vmstat={"thp_split": "x"})), "op 0: vmstat thp_split: expected a number, found 'x'"),
        (text(op("spawn A", maps={})), ""),
        (text(op("spawn A", maps=[1])), "op 0: region: expected an object, found a number"),
        (text(op("spawn A", maps=[{"proc": "A"}])), "op 0: region: expected text, found nothing"),
        (text(op("spawn A", maps=[region("A", "r", "..", [0])])), "op 0: A/r: n: expected 2 numbers"),
        (text(op("spawn A", maps=[region("A", "r", ".", ["x"])])), "op 0: A/r: n: expected 1 numbers"),
        (text(op("spawn A", maps=[region("A", "r", ".", [0], zero={})])), "op 0: A/r: zero: expected a list"),
        (text(op("spawn A", maps=[region("A", "r", ".", [0], 5)])), "op 0: A/r: vma: expected an object"),
        (text(op("spawn A", maps=[region("A", "r", ".", [0], {"off": "0"})])), "op 0: A/r: off: expected a number"),
        (text(op("spawn A", died=[[]])), "op 0: died: expected text, found a list"),
        (text(op("spawn A"), noisy=[{"op": 0}]), "op 0: key of noisy: expected text, found nothing"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_operation(content, complaint):
    if not complaint:
        assert read_recording("bad.json", content).operations[0].expected.regions == {}
        return
    with pytest.raises(UsageError) as error:
        read_recording("bad.json", content)
    assert str(error.value).startswith(f"bad.json: {complaint}")
