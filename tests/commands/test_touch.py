"""The command touch."""

import pytest

from tests.commands.typed import with_app


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("touch app nowhere", "'nowhere': app has no such region; it has buf, heap, stack"),
        ("touch app buf+2Q", "'2Q': expected a size"),
        ("touch app buf+16M", "lies at or behind the end"),
        ("touch app 0x5000", "expected LEN"),
        ("touch app buf 4K --stride 0", "--stride 0"),
        ("touch app buf 4K --value 256", "--value 256"),
        ("touch app 'buf 4K'", "expected an address"),
        ("touch app buf 4K 5", "'5': expected no such word; usage: touch "),
        ("touch app buf --reed", "'--reed': expected no such option; usage: touch "),
        ("touch app buf --random many", "--random 'many': expected a whole number"),
        ("touch app buf --random 0", "--random 0: expected 1 to"),
        ("touch app buf --value -1", "--value -1: expected a byte, 0 to 255"),
        ("touch app buf --stride", "--stride: expected a value after it"),
        ("touch", "touch: expected PROC, ADDR; usage: touch ["),
        ("touch app -5", "expected an address"),
    ],
)
def test_wrong_words_name_themselves_and_change_nothing(line, words):
    t = with_app()
    before = t("cat /proc/app/maps /proc/app/smaps /proc/vmstat")
    assert words in t.fails(line, 2)
    assert t("cat /proc/app/maps /proc/app/smaps /proc/vmstat") == before


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


def test_a_second_end_of_options_is_refused():
    assert "'--': expected only once" in with_app().fails("touch app -- --", 2)


def test_what_is_only_read_gets_no_value():
    t = with_app()
    assert "--value 3: expected without --read" in t.fails("touch app buf 4K --read --value 3", 2)
