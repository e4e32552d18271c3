"""The benchmarks of khugepaged, on small numbers."""

import pytest

from thpsh.cli.bench import khugepaged, real
from thpsh.cli.bench.table import benchmarks
from thpsh.mm.debug_vm import debug_vm


def test_everybody_has_20_vmas_and_is_registered():
    machine = khugepaged.crowd(3)
    kernel = machine.kernel
    crowd = [task.mm for task in kernel.tasks.values() if task.name in ("p0", "p1", "p2")]
    assert [len(mm.vmas) for mm in crowd] == [20, 20, 20]
    assert kernel.khugepaged.mms == crowd
    debug_vm(kernel)


def test_a_round_takes_time_and_both_sides_do_the_same():
    assert khugepaged.round_among(2).value > 0
    bench = benchmarks()["round"]
    assert (bench.emulated, bench.real) == (khugepaged.round_among_many, khugepaged.round_among_few)


@pytest.mark.slow
def test_collapse_makes_1536_huge_pages():
    assert khugepaged.collapse().value > 0  # it raises when there are fewer


@pytest.mark.skipif(not real.possible(), reason="no Linux with 5 GiB of free memory")
@pytest.mark.slow
def test_the_real_kernel_collapses_or_says_that_it_cannot():
    found = khugepaged.collapse_here().value
    assert found != found or found > 0  # not a number: no MADV_COLLAPSE here
