"""The command mmap."""

import pytest

from tests.commands.typed import with_app


def test_regions_get_windows_and_say_how_much_can_be_huge():
    t = with_app()
    assert t("mmap app b 4M") == "b: 0x200100000000, 4M, room for 2 huge pages\n"
    assert t("mmap app c 4M --offset 1M") == "c: 0x200200100000, 4M, room for 1 huge page\n"
    assert t("mmap app d 4M --at 0x300000001000") == "d: 0x300000001000, 4M, room for 1 huge page\n"
    assert t("mmap app e 3M --kernel-placement").startswith("e: 0x7ffff7c")


def test_kinds_of_mappings_show_in_maps():
    t = with_app()
    t("mmap app s 2M --shared; mmap app z 2M --devzero; mmap app f 2M --file data --prot r; mmap app l 2M --locked")
    out = t("cat /proc/app/maps")
    assert "rw-s 00000000 00:04" in out
    assert "/dev/zero\n" in out
    assert "r--p 00000000 08:01" in out
    assert t("grep VmLck /proc/app/status").split()[1] == "2048"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mmap app heap 4M", "'heap': exists by itself"),
        ("mmap app buf 4M", "has a region of that name"),
        ("mmap app b 4Q", "'4Q': expected a size"),
        ("mmap app b 4M --prot x", "'x': expected none, r or rw"),
        ("mmap nobody b 4M", "'nobody': no such process; there are init, app"),
        ("mmap app b 4M --at buf --offset 4K", "--offset: expected without --at"),
        ("mmap app b 4M --offset 3", "--offset 3: expected a multiple of 4K"),
        ("mmap app buf 4M", "expected another name"),
        ("mmap app 5 4K", "expected the name of a region"),
    ],
)
def test_wrong_words_name_themselves_and_change_nothing(line, words):
    t = with_app()
    before = t("cat /proc/app/maps /proc/app/smaps /proc/vmstat")
    assert words in t.fails(line, 2)
    assert t("cat /proc/app/maps /proc/app/smaps /proc/vmstat") == before


@pytest.mark.parametrize(
    ("line", "errno"),
    [
        ("mmap app big 200T", "ENOMEM"),
        ("mmap app none 0", "EINVAL"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    name = line.split()[0]
    err = with_app().fails(line)
    assert err.startswith(f"{name}: ")
    assert f"({errno})" in err


def test_what_cannot_be_mapped_or_moved_takes_no_window_and_leaves_no_file():
    t = with_app()
    assert "ENOMEM" in t.fails("mmap app huge 100000T")
    assert "ENOMEM" in t.fails("mmap app huge 100T --file data")
    assert "EINVAL" in t.fails("mremap app buf 16M 100000T --to elsewhere")
    assert "/data" not in t.session.machine.kernel.tables.files
    assert t("mmap app b 4M") == "b: 0x200100000000, 4M, room for 2 huge pages\n"
    t("mmap app c 8K --file data")
    t.fails("mmap app huge 100T --file data")
    assert t.session.machine.kernel.tables.files["/data"].length == 8192


def test_a_mapping_at_a_fixed_place_takes_over_from_the_region_there():
    t = with_app()
    t("mmap app two 4M --at buf+12M; munmap app buf")
    assert "'buf': app has no such region" in t.fails("touch app buf 4K", 2)
    assert t("touch app two").endswith("2 minor faults\n")


def test_pages_of_the_pool_are_mapped_and_seen_everywhere():
    t = with_app()
    assert "2 huge pages wanted; the pool has 0" in t.fails("mmap app h 3M --hugetlb")
    t("echo 3 > /proc/sys/vm/nr_hugepages")
    assert t("mmap app h 3M --hugetlb").endswith(", 4M of hugetlbfs\n")
    assert t("touch app h 2M") == "1 minor fault\n"
    assert t("slots app h") == "H. 512 0\n"
    t("expect tlb app 2M mapped == 1; expect /proc/app/smaps h KernelPageSize == 2048 kB")
    assert "file=/anon_hugepage\\040(deleted) anon=1 dirty=1 N0=1\n" in t("cat /proc/app/numa_maps")
    assert "T" in [line.split()[-1] for line in t("phys").splitlines()[1:-1]]
    assert "inside a page of hugetlbfs" in t.fails("munmap app h 4K")
    t("munmap app h; expect /proc/meminfo HugePages_Free == 3")


def test_a_child_without_pages_gets_a_bus_error():
    t = with_app()
    t("echo 1 > /proc/sys/vm/nr_hugepages; mmap app h 2M --hugetlb; touch app h; fork app kid")
    assert t.fails("touch kid h") == "touch: killed by SIGBUS at 0x200100000000\n"
    assert t("dmesg | tail -1").startswith("[")
