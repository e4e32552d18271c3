"""The twins on this machine's kernel, in a small size."""

import pytest

from thpsh.cli.bench import real

MIB = 1 << 20


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(real, "SIZE", 4 * MIB)
    monkeypatch.setattr(real, "FAULTS", 100)
    monkeypatch.setattr(real, "COPIES", 50)
    if not real.possible():
        pytest.skip("no Linux with memory for the twins")


@pytest.mark.parametrize(
    ("work", "faults"), [(real.first_touch, 1024), (real.random_faults, 100), (real.copy_on_write, 50)]
)
def test_each_page_faults_once(work, faults):
    assert abs(work().faults - faults) <= 4  # the interpreter may fault, too


@pytest.mark.parametrize("work", [real.unmap, real.fork_it])
def test_a_call_takes_time(work):
    assert work().value > 0


def test_a_machine_without_the_memory_is_no_twin(monkeypatch):
    monkeypatch.setattr(real, "SIZE", 1 << 60)
    assert not real.possible()
