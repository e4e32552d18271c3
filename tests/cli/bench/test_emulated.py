"""The measured work on an emulated host, in a small size."""

import pytest

from thpsh.cli.bench import emulated
from thpsh.mm.debug_vm import debug_vm

MIB = 1 << 20


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(emulated, "SIZE", 4 * MIB)
    monkeypatch.setattr(emulated, "FAULTS", 100)
    monkeypatch.setattr(emulated, "COPIES", 50)


@pytest.mark.parametrize(
    ("work", "faults"),
    [
        (emulated.first_touch, 1024),
        (emulated.random_faults, 100),
        (emulated.copy_on_write, 50),
        (emulated.unmap, None),
        (emulated.fork_it, None),
        (emulated.boot_16_tib, None),
    ],
)
def test_the_work_takes_time_and_makes_the_faults_of_small_pages(work, faults):
    sample = work()
    assert sample.value > 0
    assert sample.faults == faults


def test_a_stage_has_all_its_small_pages_or_none():
    faults = []
    for touched in (False, True):
        stage = emulated.Stage(touched=touched)
        debug_vm(stage.machine.kernel)
        faults.append(stage.task.min_flt)
    assert faults[1] - faults[0] == 1024
