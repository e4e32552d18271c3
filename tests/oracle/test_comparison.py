"""Whole recordings: those of the real kernel agree, hand-made lies are caught."""

import json
from pathlib import Path

import pytest

from tests.oracle.cases import compared, op, recording, region, vma
from thpsh.boot import boot
from thpsh.errors import ModelBug, UsageError
from thpsh.mm.debug_vm import debug_vm
from thpsh.oracle import comparison as oracle
from thpsh.oracle.recording import read_recording

TRACES = sorted((Path(__file__).parent / "traces").glob("*.json"))
START = (op("spawn A"), op("mmap A r 2M", maps=[region("A", "r", ".", [0], vma(0, 2048))]))


def differing(*ops, **head):
    return [(each.index, each.what) for each in compared(*ops, **head).differences]


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_the_emulator_does_what_linux_3_0_1_did(path):
    read = read_recording(path.name, path.read_text())
    host = boot(oracle.recorded_machine(read))
    assert oracle.compare(read, host, lambda machine: debug_vm(machine.kernel)).differences == ()


def test_the_recordings_that_agreed_once_are_here():
    kinds = [path.name.split("-")[0] for path in TRACES]
    least = {"bad": 16, "fault": 30, "fork": 13, "knob": 3, "split": 25, "poison": 8}
    assert {kind: min(kinds.count(kind), number) for kind, number in least.items()} == least


@pytest.mark.parametrize("key", ["minflt", "maps", "vmstat", "at", "resident", "value"])
def test_a_lie_in_a_real_recording_is_found(key):
    for path in TRACES:
        document = json.loads(path.read_text())
        lies = [item for item in document["ops"] if item.get(key) not in (None, {}, [])]
        lies = [item for item in lies if key != "vmstat" or "thp_fault_alloc" in item["vmstat"]]
        if not lies:
            continue
        lie = lies[-1]
        if key == "maps":
            lie["maps"][0]["vmas"][0]["kB"] += 4
        elif key == "vmstat":
            lie["vmstat"]["thp_fault_alloc"] += 1
        else:
            lie[key] += "x" if key == "value" else 1
        read = read_recording(path.name, json.dumps(document))
        found = oracle.compare(read, boot(oracle.recorded_machine(read))).differences
        assert [each.index for each in found] == [document["ops"].index(lie)]
        return
    raise AssertionError(f"no recording has {key}")


def test_a_true_recording_agrees():
    assert differing(*START, op("munmap A r+1 4K", "-EINVAL", minflt=0)) == []


def test_an_operation_that_cannot_be_done_yet_is_a_difference_and_the_rest_goes_on():
    found = compared(*START, op("levitate A r"), op("touch A r 4K write", minflt=2)).differences
    assert (found[0].index, found[0].what, found[0].found) == (2, "operation", "not supported yet: levitate")
    assert (3, "minflt") in [(each.index, each.what) for each in found]


def test_a_contradiction_ends_the_recording_but_is_told():
    def broken(machine):
        raise ModelBug("two and two")

    read = recording(*START)
    found = oracle.compare(read, boot(oracle.recorded_machine(read)), broken)
    assert [(each.index, each.what, each.found) for each in found.differences] == [
        (0, "internal contradiction", "two and two")
    ]
    assert found.operations == 2


def test_the_machine_is_the_recorded_one():
    usual = oracle.recorded_machine(recording())
    assert (usual.memory, usual.nodes, usual.cpus) == (2 << 30, 1, 1)
    told = oracle.recorded_machine(recording(machine={"MemTotal_kB": 2063412, "nodes": 2, "cpus": 2}))
    assert (told.memory, told.nodes, told.cpus) == (2 << 30, 2, 2)


def test_a_machine_that_cannot_be_names_the_file():
    with pytest.raises(UsageError, match=r"hand\.json: machine: nodes 0"):
        oracle.recorded_machine(recording(machine={"nodes": 0}))


def test_what_was_left_out_is_neither_done_nor_compared():
    skipped = {"i": 1, "op": "madvise A r 2M hugepage", "skipped": "not here"}
    lines = (op("spawn A"), op("mmap A r 2M"), skipped, op("touch A r 4K write", minflt=1))
    found = compared(*lines)
    assert (found.operations, found.left_out) == (3, (("madvise A r 2M hugepage", "not here"),))
    assert [each.what for each in found.differences if each.what.startswith("thp_")] == []


def test_the_policy_of_the_recorded_machine_is_that_of_the_replay():
    lines = (op("spawn A"), op("mmap A r 2M"), op("touch A r 4K write", minflt=1, vmstat={"thp_fault_alloc": 1}))
    assert "thp_fault_alloc" in [each.what for each in compared(*lines).differences]
    always = compared(*lines, knobs={"enabled": "[always] madvise never"})
    assert "thp_fault_alloc" not in [each.what for each in always.differences]
