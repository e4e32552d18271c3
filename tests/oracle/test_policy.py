"""The settings of a recorded machine."""

from tests.oracle.cases import machine
from thpsh.fs.vfs import Vfs
from thpsh.oracle.policy import take_over

THP = "/sys/kernel/mm/transparent_hugepage/"


def taken(**knobs):
    files = Vfs(machine())
    take_over(files, {name.replace("__", "/"): value for name, value in knobs.items()})
    return files


def test_the_word_in_brackets_is_the_policy():
    assert taken(enabled="always madvise [never]").read(THP + "enabled") == "always madvise [never]\n"


def test_a_number_is_taken_over():
    files = taken(khugepaged__max_ptes_none="64")
    assert files.read(THP + "khugepaged/max_ptes_none") == "64\n"


def test_what_this_kernel_does_not_know_stays_as_it_is():
    files = taken(defrag="always [defer] defer+madvise madvise never", khugepaged__max_ptes_shared="7")
    assert files.read(THP + "defrag") == "[always] madvise never\n"
