"""An empty pool."""

from thpsh.errors import Errno
from thpsh.mm.hugetlb.no_page import NoHugePage


def test_it_is_efault_and_names_the_address():
    error = NoHugePage(0x200000)
    assert (error.errno, error.address) == (Errno.EFAULT, 0x200000)
    assert "0x200000" in error.why
