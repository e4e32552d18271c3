"""The command phys."""

import json

from tests.commands.typed import with_app


def test_phys_counts_pageblocks():
    t = with_app()
    t("touch app buf")
    rows = json.loads(t("phys --json"))["rows"]
    assert sum(row["BLOCKS"] for row in rows if row["WHAT"] == "H") == 8
    assert sum(row["BLOCKS"] for row in rows) == 512
    assert "expected DMA or DMA32" in t.fails("phys --zone High", 2)


def test_the_map_has_a_letter_for_as_many_blocks_as_needed():
    host = with_app(memory=1 << 30)
    host("touch app buf 16M")
    lines = host("phys --map").splitlines()
    assert lines[-2:] == [
        "H huge  T hugetlbfs  U user  K kernel or page tables  M mixed  . free  + several",
        "one letter: 1 pageblock of 2 MiB",
    ]
    assert max(map(len, lines)) <= 80
    assert sum(line.count("H") for line in lines[1:-2]) == 8
    assert sum(len(line.split()[3]) for line in lines[1:-2]) == 512


def test_the_map_begins_and_zooms_where_it_is_told():
    host = with_app(memory=1 << 30)
    assert host("phys --map --zone DMA32 --from 0x20000").splitlines()[1].split()[2] == "0x20000"
    assert "one letter: 64 pageblocks" in host("phys --map --zoom 64")
    assert "--zoom x: expected a number" in host.fails("phys --map --zoom x", 2)


def test_a_map_cannot_begin_or_zoom_anywhere():
    host = with_app(memory=1 << 30)
    assert "--zoom -4: expected a number from 1\n" in host.fails("phys --map --zoom -4", 2)
    assert "--zoom 0: expected a number from 1\n" in host.fails("phys --types --zoom 0", 2)
    assert "--from -1: expected a number from 0\n" in host.fails("phys --map --from -1", 2)
    assert "--from 0x40000: expected a frame up to 0x3ffdf\n" in host.fails("phys --map --from 0x40000", 2)
    assert "--zoom 2: expected with --map, --types or --owners\n" in host.fails("phys --zoom 2", 2)
    assert "--from 0: expected with --map, --types or --owners\n" in host.fails("phys --from 0", 2)


def test_the_largest_host_is_drawn_at_once():
    host = with_app(memory=16 << 40)
    assert len(host("phys --map").splitlines()) < 30


def test_the_map_of_migrate_types():
    host = with_app(memory=1 << 30)
    lines = host("phys --types").splitlines()
    assert lines[-2] == "m movable  U unmovable  R reclaimable  V reserve  I isolated  + several"
    letters = "".join(line.split()[3] for line in lines[1:-2])
    rows = [line.split() for line in host("cat /proc/pagetypeinfo").splitlines() if line.startswith("Node 0, zone")]
    counts = [sum(int(row[4 + place]) for row in rows if "type" not in row) for place in range(5)]
    assert [letters.count(letter) for letter in "URmVI"] == counts


def test_poisoned_pages_are_marked_and_explained():
    host = with_app()
    host("echo 2 > /proc/sys/vm/nr_hugepages; mmap app huge 2M --hugetlb; touch app huge; madvise app huge 4K hwpoison")
    rows = json.loads(host("phys --json"))["rows"]
    assert [row["WHAT"] for row in rows].count("X") == 1
    assert host("phys").splitlines()[-1].endswith("  . free  X poisoned pages")


def test_a_pageblock_with_an_object_may_be_free():
    host = with_app()
    first = host.session.machine.kernel.zones[-1].area.virgin[0][0]
    free = sum(row["BLOCKS"] for row in json.loads(host("phys --json"))["rows"] if row["WHAT"] == ".")
    host(f"echo {first << 9} > /sys/kernel/debug/hwpoison/corrupt-pfn")
    host(f"echo {first << 9} > /sys/kernel/debug/hwpoison/unpoison-pfn")
    assert free == sum(row["BLOCKS"] for row in json.loads(host("phys --json"))["rows"] if row["WHAT"] == ".")


def test_the_map_of_owners_has_a_letter_for_each_process():
    host = with_app(memory=1 << 30)
    host("touch app buf 8M; spawn kid; mmap kid x 6M; touch kid x")
    lines = host("phys --owners").splitlines()
    letters = "".join(line.split()[3] for line in lines[1:-3])
    assert (letters.count("a"), letters.count("k"), letters.count("*")) == (4, 3, 0)
    assert lines[-3] == "a app 8332K  k kid 6284K  i init 140K"
    assert lines[-2] == "* shared  : in use, but mapped by no process  . free  + several"
    host("fork app other")
    letters = "".join(line.split()[3] for line in host("phys --owners --zone DMA32").splitlines()[1:-3])
    assert (letters.count("a"), letters.count("k"), letters.count("*")) == (0, 3, 4)


def test_a_row_fits_80_columns_beside_any_zone_and_frame():
    for memory, nodes in ((8 << 30, 1), (64 << 30, 4), (16 << 40, 64)):
        host = with_app(memory=memory, nodes=nodes, cpus=nodes)
        assert max(len(line) for line in host("phys --map").splitlines()) <= 80
        assert max(len(line) for line in host("phys --map").splitlines()[:-2]) <= 79
