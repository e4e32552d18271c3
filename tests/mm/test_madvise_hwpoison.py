import pytest

from tests.mm.groups import full_of_another
from tests.mm.hugetlb.stage import map_huge, pool
from tests.mm.layout import R, placed
from tests.support import START, K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.madvise_hwpoison import madvise_hwpoison
from thpsh.mm.mman import Madv
from thpsh.mm.page_flags import poisoned
from thpsh.structs.page import ZERO_PFN


def inject(h, first, last):
    madvise_hwpoison(h.kernel, h.task, (START + first, START + last), Madv.HWPOISON)
    debug_vm(h.kernel)


def test_every_page_of_a_range_fails_and_the_log_says_where():
    h = placed(2 * M)
    h.write(0, 2 * M)
    inject(h, 4 * K, 12 * K)
    lines = [text for _, text in h.machine.dmesg.lines if text.startswith("Injecting")]
    assert [line.rpartition(" ")[2] for line in lines] == [f"{START + 4 * K:x}", f"{START + 8 * K:x}"]
    assert h.kernel.totals.hwpoison_pages == 513


def test_the_walk_stops_at_a_hole_and_what_failed_before_stays_so():
    h = placed(8 * K)
    h.write(0, 8 * K)
    with pytest.raises(KernelError) as error:
        inject(h, 0, 16 * K)
    assert error.value.errno is Errno.EFAULT
    assert h.kernel.totals.hwpoison_pages == 2


def test_an_unaligned_start_means_the_page_around_it():
    h = placed(64 * K)
    h.write(0, 64 * K)
    inject(h, 4 * K + 1, 8 * K + 1)
    assert list(h.task.mm.pmds[START >> 21].swapped) == [1]


def test_a_page_of_hugetlbfs_fails_as_a_whole_and_the_next_part_of_it_is_not_there():
    h = pool(2)
    map_huge(h, 1)
    h.write(0, 2 * M)
    with pytest.raises(KernelError) as error:
        inject(h, 12 * K, 20 * K)
    assert error.value.errno is Errno.EFAULT
    assert h.kernel.totals.hwpoison_pages == 512
    lines = [text for _, text in h.machine.dmesg.lines]
    assert lines[-1].endswith(": huge page recovery: Delayed")
    assert lines[-2].endswith(f" at {START + 12 * K:x}")


def test_an_untouched_page_is_read_and_is_the_zero_page():
    h = placed(64 * K, R)
    inject(h, 0, 4 * K)
    assert poisoned(h.kernel.block_of(ZERO_PFN)) == 1 << ZERO_PFN % 512
    assert h.slots(2 * M) == "z"


def test_where_the_group_has_no_room_for_the_page_somebody_is_killed_first():
    h, other = full_of_another()
    inject(h, 0, 4 * K)
    assert other.killed_by == "SIGKILL"
    assert h.kernel.totals.hwpoison_pages == 1
