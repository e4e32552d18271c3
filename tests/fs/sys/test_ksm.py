import pytest

from tests.mm.ksm.pages import PAGE, mergeable, put, scan
from thpsh.errors import Errno, KernelError
from thpsh.fs.sys.ksm import ROOT
from thpsh.fs.vfs import Vfs


@pytest.fixture
def files():
    """The files of a host with a merged pair and a page that waits."""
    h = mergeable(8 * PAGE)
    put(h, 0, [7, 7, 8])
    scan(h, 2)
    return Vfs(h.machine)


def test_the_counters_say_what_is_merged(files):
    names = ("pages_shared", "pages_sharing", "pages_unshared", "pages_volatile", "full_scans")
    assert [files.read(f"{ROOT}/{name}") for name in names] == ["1\n", "1\n", "1\n", "0\n", "2\n"]


def test_run_2_makes_all_pages_separate(files):
    files.write(f"{ROOT}/run", "2\n")
    assert files.read(f"{ROOT}/run") == "2\n"
    assert files.read(f"{ROOT}/pages_shared") == "0\n"


@pytest.mark.parametrize(("name", "text"), [("run", "3"), ("run", "-1"), ("run", "abc"),
                                            ("pages_to_scan", "4294967296"), ("sleep_millisecs", "x")])  # fmt: skip
def test_bad_values_are_einval(files, name, text):
    before = files.read(f"{ROOT}/{name}")
    with pytest.raises(KernelError) as error:
        files.write(f"{ROOT}/{name}", text)
    assert error.value.errno is Errno.EINVAL
    assert files.read(f"{ROOT}/{name}") == before


def test_counters_cannot_be_written(files):
    with pytest.raises(KernelError) as error:
        files.write(f"{ROOT}/full_scans", "1")
    assert error.value.errno is Errno.EACCES
