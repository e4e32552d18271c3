"""Twin of thpsh/mm/memcg_limit.py."""

import pytest

from tests.mm.groups import PAGE, in_group
from thpsh.errors import Errno, KernelError
from thpsh.mm.memcg_limit import resize_limit, resize_memsw_limit


def test_a_limit_below_usage_that_cannot_be_reclaimed_is_ebusy_and_counts_no_failure() -> None:
    h, memcg = in_group()
    h.write(0, 64 * PAGE)
    with pytest.raises(KernelError) as caught:
        resize_limit(h.kernel, memcg, 32 * PAGE)
    assert caught.value.errno is Errno.EBUSY
    assert memcg.res.failcnt == 0
    resize_limit(h.kernel, memcg, 64 * PAGE)
    assert memcg.res.limit == 64 * PAGE


def test_memory_alone_cannot_have_more_than_memory_and_swap() -> None:
    h, memcg = in_group()
    resize_limit(h.kernel, memcg, 10 * PAGE)
    resize_memsw_limit(h.kernel, memcg, 20 * PAGE)
    with pytest.raises(KernelError) as caught:
        resize_limit(h.kernel, memcg, 21 * PAGE)
    assert caught.value.errno is Errno.EINVAL
    with pytest.raises(KernelError) as caught:
        resize_memsw_limit(h.kernel, memcg, 9 * PAGE)
    assert caught.value.errno is Errno.EINVAL


def test_equal_limits_make_swapping_useless() -> None:
    h, memcg = in_group()
    resize_limit(h.kernel, memcg, 10 * PAGE)
    assert not memcg.memsw_is_minimum
    resize_memsw_limit(h.kernel, memcg, 10 * PAGE)
    assert memcg.memsw_is_minimum
