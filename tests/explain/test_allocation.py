"""Is there a huge page to be had?"""

from tests.commands.typed import Typed
from tests.explain.stage import THP, explained


def check(host, name, which=0):
    return next(each for each in explained(host, "buf")["decisions"][which]["checks"] if each["id"] == name)


def short_of_blocks(**more):
    host = Typed(memory=700 << 20, **more)
    host("spawn app; mmap app buf 4M; mmap app x 60M; fragment 100 --unmovable; touch app x")
    return host


def test_free_blocks_and_the_mark_are_said():
    host = Typed(memory=2 << 30)
    host("spawn app; mmap app buf 4M")
    assert "node 0 DMA32: 9" in check(host, "alloc")["found"]
    assert "blocks free, above the mark of 13972 pages" in check(host, "alloc")["found"]


def test_without_a_free_block_defrag_decides():
    host = short_of_blocks()
    host(f"echo never > {THP}/defrag")
    assert check(host, "defrag")["found"] == "not by `defrag`: no waiting"


def test_compaction_that_failed_of_late_is_deferred():
    host = short_of_blocks()
    assert check(host, "deferred")["found"].startswith("deferred for ")


def test_groups_are_named_with_their_room():
    host = Typed()
    host("cgroup create g 3M; spawn app; cgroup attach g app; mmap app buf 4M")
    assert check(host, "charge")["found"] == "/g: room for 3M"
    host("touch app buf 4K")
    [charge] = [each for each in explained(host, "buf+2M")["decisions"][0]["checks"] if each["id"] == "charge"]
    assert (charge["found"], charge["ok"]) == ("/g: room for 1M", False)
