"""The command slots."""

from tests.commands.typed import Typed, with_app


def test_slots_prints_letters_then_pages():
    t = with_app()
    t("touch app buf 4M; madvise app buf+4M 4M nohugepage; touch app buf+4M 2M; touch app buf+6M 12K")
    t("touch app buf+8M 4K --read; munmap app buf+1M 4K")
    assert t("slots app buf") == "FHFPH... 511 512 512 3 512 0 0 0\n".replace("FHFPH", "PHFPH")


def test_the_zero_page_has_its_letter():
    t = with_app(cmdline="transparent_hugepage=never")
    t("touch app buf 8K --read")
    assert t("slots app buf").startswith("z")


def test_all_processes_as_strips_that_fit():
    host = with_app(memory=4 << 30)
    host("touch app buf 5M; mmap app big 600M; touch app big 50M; fork app kid; touch kid buf+2M 1")
    assert host("slots").splitlines() == [
        "PROC  REGION  SIZE  SLOTS                                   MIB",
        "app   buf     16M   HHH.....                                  2",
        "app   big     600M  HHH+..................................   16",
        "kid   buf     16M   HHH.....                                  2",
        "kid   big     600M  HHH+..................................   16",
        "H huge  F full of small pages  P some  S in swap  z zero pages  . nothing",
        "+ stands for several that differ: MIB is how much one letter covers",
    ]
    assert host("slots kid").count("kid") == 2


def test_only_letters_that_are_there_are_explained_beside_the_usual():
    host = with_app()
    host("touch app buf 4M; fork app kid; munmap app buf+2M 4K")
    assert "h small pages of huge ones" not in host("slots app")
    host("madvise app buf+3M 4K hwpoison")
    lines = host("slots app").splitlines()
    assert lines[1].split()[3].count("X") == 1
    assert lines[-1] == "X poisoned or migrating"


def test_without_regions_the_strips_say_so():
    host = Typed()
    assert host("slots") == "no process has a region yet; `mmap` makes one\n"
    host("spawn app")
    assert host("slots app") == "app has no region yet\n"
    assert "kthreadd is a kernel thread" in host.fails("slots kthreadd")
