"""Twin of thpsh/mm/debug_memcg.py."""

import pytest

from tests.mm.groups import group, in_group
from tests.support import Host, K
from thpsh.errors import ModelBug
from thpsh.mm.debug_memcg import check_memcgs


@pytest.fixture
def h() -> Host:
    found, _ = in_group()
    found.write(0, 64 * K)
    return found


def test_charges_statistics_and_stock_agree(h: Host) -> None:
    check_memcgs(h.kernel)


def test_a_charge_without_a_page_is_found(h: Host) -> None:
    h.task.cgroup.res.usage += 4096
    with pytest.raises(ModelBug, match="usage"):
        check_memcgs(h.kernel)


def test_a_page_without_a_charge_in_memory_and_swap_is_found(h: Host) -> None:
    h.task.cgroup.memsw.usage -= 4096
    with pytest.raises(ModelBug, match="usage"):
        check_memcgs(h.kernel)


def test_a_wrong_rss_is_found(h: Host) -> None:
    h.task.cgroup.stat.rss -= 1
    with pytest.raises(ModelBug, match="rss"):
        check_memcgs(h.kernel)


def test_a_process_whose_memory_is_elsewhere_is_found(h: Host) -> None:
    h.task.cgroup = group(h, "other")
    with pytest.raises(ModelBug, match="its memory in /g"):
        check_memcgs(h.kernel)


def test_charges_of_a_removed_group_are_found(h: Host) -> None:
    h.kernel.root_memcg.children.clear()
    with pytest.raises(ModelBug, match="removed"):
        check_memcgs(h.kernel)


def test_a_group_under_oom_for_nobody_is_found(h: Host) -> None:
    h.task.cgroup.under_oom = 1
    with pytest.raises(ModelBug, match="no task waits"):
        check_memcgs(h.kernel)


def test_swap_that_no_slot_is_charged_for_is_found(h: Host) -> None:
    h.task.cgroup.stat.swap += 1
    h.task.cgroup.memsw.usage += 4096
    with pytest.raises(ModelBug, match="swap: kept 1, recomputed 0"):
        check_memcgs(h.kernel)
