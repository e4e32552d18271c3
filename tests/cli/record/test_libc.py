"""System calls of this machine."""

import mmap

import pytest

from tests.cli.record.host import needs_host
from thpsh.cli.record.libc import Failed, call, rewrite

PAGE = 4096


@needs_host
def test_an_error_has_the_kernels_name():
    with pytest.raises(Failed, match="EINVAL"):
        call("madvise", 1, PAGE, 0)


@needs_host
def test_a_page_written_to_itself_is_what_it_was():
    place = call("mmap", 0, PAGE, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    rewrite(place)
    assert call("munmap", place, PAGE) == 0


def test_an_unknown_error_has_its_number():
    assert str(Failed(4095)) == "E4095"
