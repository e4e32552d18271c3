"""The command drop_caches, and the file of that name."""

from tests.commands.typed import Typed


def test_the_pages_of_files_go():
    t = Typed()
    t("hog 16M --file; drain")
    assert t("drop_caches") == "4096 pages freed\n"
    assert t("drop_caches") == "0 pages freed\n"


def test_1_and_3_drop_page_cache_and_2_does_not():
    t = Typed()
    t("hog 16M --file; drain")

    def cached():
        return int(t("awk '$1 == \"Cached:\" {print $2}' /proc/meminfo"))

    before = cached()
    t("echo 2 > /proc/sys/vm/drop_caches")
    assert cached() == before
    t("echo 3 > /proc/sys/vm/drop_caches")
    assert cached() == before - 16384
    assert t("cat /proc/sys/vm/drop_caches") == "3\n"
    assert "EINVAL" in t.fails("echo 4 > /proc/sys/vm/drop_caches")
