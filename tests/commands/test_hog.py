"""The command hog."""

from tests.commands.typed import Typed


def test_a_process_holds_the_memory_until_it_exits():
    t = Typed()
    assert t("hog 64M") == "hog holds 64M; `exit hog` gives it back\n"
    assert t("slots hog mem").startswith("H" * 32 + " ")
    assert t("hog 8M") == "hog2 holds 8M; `exit hog2` gives it back\n"
    t("exit hog; exit hog2")


def test_a_file_fills_the_page_cache():
    t = Typed()
    assert t("hog 16M --file") == "/hog: 4096 of 4096 pages are in the page cache\n"
    assert t("hog 1M --file").startswith("/hog2: 256 of 256")


def test_too_much_is_killed_and_says_so():
    t = Typed(memory=128 << 20)
    t("echo 1 > /proc/sys/vm/overcommit_memory")
    assert "killed by SIGKILL" in t.fails("hog 300M")
    assert "Out of memory: Kill process" in t("dmesg")


def test_what_cannot_be_promised_leaves_no_process_behind():
    t = Typed()
    before = t("ps")
    assert "Cannot allocate memory (ENOMEM)" in t.fails("hog 100T")
    assert t("ps") == before


def test_nothing_is_no_size():
    assert "expected at least 1" in Typed().fails("hog 0", 2)
