"""Whole processes measured from outside."""

import pytest

from thpsh.boot import MachineSpec, boot
from thpsh.cli.bench import process
from thpsh.mm.debug_vm import debug_vm

MIB = 1 << 20


def test_memory_is_mapped_as_small_pages():
    machine = boot(MachineSpec(memory=1 << 30))
    process.map_uniformly(machine, 4 * MIB)
    debug_vm(machine.kernel)
    assert machine.kernel.tasks[max(machine.kernel.tasks)].name == "bench"
    assert machine.vm_events.get("pgfault") >= 1024
    assert machine.vm_events.get("thp_fault_alloc") == 0


def test_the_memory_of_this_process_is_read_in_bytes():
    before = process.resident()
    held = b"x" * (32 * MIB)
    grown = process.resident() - before
    assert before > MIB
    assert grown > 16 * MIB
    assert len(held) == 32 * MIB


@pytest.mark.slow
def test_a_start_takes_longer_than_that_of_python_alone():
    assert process.start_up().value > process.python_start_up().value > 0
