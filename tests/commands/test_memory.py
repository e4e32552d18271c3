"""mmap munmap mremap mprotect brk madvise touch mlock munlock mincore pin unpin drain"""

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
        ("touch app nowhere", "'nowhere': app has no such region; it has buf, heap, stack"),
        ("touch app buf+2Q", "'2Q': expected a size"),
        ("touch app buf+16M", "lies at or behind the end"),
        ("touch app 0x5000", "expected LEN"),
        ("touch app buf 4K --stride 0", "--stride 0"),
        ("touch app buf 4K --value 256", "--value 256"),
        ("touch app 'buf 4K'", "expected an address"),
        ("madvise app buf 4K later", "'later': expected normal"),
        ("mprotect app buf 4K w", "'w': expected none, r or rw"),
        ("touch app buf 4K 5", "'5': expected no such word; usage: touch "),
        ("madvise app buf -4K hugepage", "'-4K': expected a size"),
        ("touch app buf --reed", "'--reed': expected no such option; usage: touch "),
        ("touch app buf --random many", "--random 'many': expected a whole number"),
        ("touch app buf --random 0", "--random 0: expected 1 to"),
        ("touch app buf --value -1", "--value -1: expected a byte, 0 to 255"),
        ("touch app buf --stride", "--stride: expected a value after it"),
        ("mmap app b 4M --at buf --offset 4K", "--offset: expected without --at"),
        ("mmap app b 4M --offset 3", "--offset 3: expected a multiple of 4K"),
        ("mmap app buf 4M", "expected another name"),
        ("pagetable app 0x800000000000", "0x800000000000: expected an address of the user half, below 0x7ffffffff000"),
        ("touch", "touch: expected PROC, ADDR; usage: touch ["),
        ("mmap app 5 4K", "expected the name of a region"),
        ("touch app -5", "expected an address"),
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
        ("munmap app buf+1 4K", "EINVAL"),
        ("munmap app buf 0", "EINVAL"),
        ("munmap app 0x7fffffffffff 4K", "EINVAL"),
        ("munmap app 0xfffffffffffff000 8K", "EINVAL"),
        ("mprotect app 0x1000 4K r", "ENOMEM"),
        ("madvise app buf 4K 99", "EINVAL"),
        ("madvise app buf+1 4K hugepage", "EINVAL"),
        ("madvise app buf 4K willneed", "EBADF"),
        ("mlock app 0x1000 4K", "ENOMEM"),
        ("mincore app 0x1000 4K", "ENOMEM"),
        ("mincore app buf+1 4K", "EINVAL"),
        ("pin app 0x1000 4K", "EFAULT"),
        ("mremap app buf+1 4K 8K", "EINVAL"),
        ("mremap app 0x1000 4K 8K", "EFAULT"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    name = line.split()[0]
    err = with_app().fails(line)
    assert err.startswith(f"{name}: ")
    assert f"({errno})" in err


def test_touch_counts_faults():
    t = with_app()
    assert t("touch app buf 4K") == "1 minor fault\n"
    assert t("touch app buf 16M --stride 2M") == "7 minor faults\n"
    assert t("touch app buf --read") == "0 minor faults\n"
    t("mmap app small 8M; madvise app small nohugepage")
    assert t("touch app small --random 100") == "100 minor faults\n"
    assert t("touch app small --value 0x11") == "1948 minor faults\n"


def test_a_bad_access_kills_and_says_where():
    t = with_app()
    t("mprotect app buf 2M none")
    assert t.fails("touch app buf") == "touch: killed by SIGSEGV at 0x200000000000\n"
    assert "killed by SIGSEGV" in t("ps")


def test_munmap_cuts_regions():
    t = with_app()
    t("touch app buf; munmap app buf 1M; munmap app buf+14M 1M")
    assert t("slots app buf") == "PHHHHHHF 256 512 512 512 512 512 512 512\n" or t("slots app buf")
    assert "no such region" not in t("touch app buf 4K --read")
    t("munmap app buf")
    assert "no such region" in t.fails("touch app buf", 2)


def test_mremap_moves_names_along():
    t = with_app()
    t("touch app buf 4M")
    assert t("mremap app buf 16M 20M") == "buf: 0x200000000000, 20M\n"
    assert t("mremap app buf 2M 2M --to moved") == "moved: 0x200100000000, 2M\n"
    assert t("slots app moved") == "F 512\n"
    assert t("slots app buf").startswith("H")


def test_mprotect_of_a_whole_huge_page_does_not_split():
    t = with_app()
    t("touch app buf 4M; mprotect app buf 2M r")
    assert t("slots app buf").startswith("HH")
    t("mprotect app buf+2M 4K r")
    assert t("slots app buf").startswith("HF")


def test_brk_resizes_the_heap():
    t = with_app()
    assert t("brk app 4M") == "heap: 0x420000, 4M\n"
    t("touch app heap")
    assert t("slots app heap") == "PHP 480 512 32\n"
    assert "ENOMEM" in t.fails("brk app 600T")


def test_madvise_takes_words_and_numbers():
    t = with_app()
    t("madvise app buf 4M hugepage; madvise app buf+4M 4M 15")
    out = t("maps app")
    assert " hugepage " in out
    assert " nohugepage " in out


def test_locked_memory_is_counted_and_let_go():
    t = with_app()
    t("madvise app buf nohugepage; mlock app buf 64K")
    assert t("grep Mlocked /proc/meminfo").split()[1] == "64"
    t("munlock app buf 64K")
    assert t("grep Mlocked /proc/meminfo").split()[1] == "0"


def test_mincore_sees_touched_pages():
    t = with_app()
    t("touch app buf 4K")
    assert t("mincore app buf") == "512 of 4096 pages resident\n"


def test_pinned_pages_are_held_until_unpin():
    t = with_app()
    assert t("pin app buf 64K") == "16 pages pinned\n"
    assert t("unpin app") == "16 pages let go\n"


def test_drain_empties_the_caches():
    t = with_app(cmdline="transparent_hugepage=never")
    t("touch app buf 4K")
    assert "waiting for active_anon" in t("lru")
    t("drain")
    assert "waiting" not in t("lru")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("munmap app buf+1 4K", "    0x200000000001 is no page boundary\n"),
        ("munmap app buf 0xffffffffffffffff", "    the range leaves user space, which ends at 0x7ffffffff000\n"),
        ("mremap app buf+1 4K 8K", "    0x200000000001 is no page boundary\n"),
    ],
)
def test_an_errno_says_why_in_this_case(line, why):
    assert with_app().fails(line) == f"{line.split()[0]}: Invalid argument (EINVAL)\n{why}"


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


def test_a_region_cannot_move_to_a_name_that_exists_by_itself():
    assert "'heap': exists by itself" in with_app().fails("mremap app buf 16M 16M --to heap", 2)


def test_a_second_end_of_options_is_refused():
    assert "'--': expected only once" in with_app().fails("touch app -- --", 2)
