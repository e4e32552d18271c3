"""maps slots pagetable phys buddy zones lru free vmstat numastat stat trace khugepaged"""

import json

import pytest

from tests.commands.typed import with_app


def test_maps_names_regions():
    out = with_app()("maps app")
    assert out.splitlines()[0].split() == ["START", "END", "SIZE", "PERM", "ADVICE", "WHAT"]
    assert "buf" in out
    assert "heap" in out
    assert "stack" in out


def test_slots_prints_letters_then_pages():
    t = with_app()
    t("touch app buf 4M; madvise app buf+4M 4M nohugepage; touch app buf+4M 2M; touch app buf+6M 12K")
    t("touch app buf+8M 4K --read; munmap app buf+1M 4K")
    assert t("slots app buf") == "FHFPH... 511 512 512 3 512 0 0 0\n".replace("FHFPH", "PHFPH")


def test_the_zero_page_has_its_letter():
    t = with_app(cmdline="transparent_hugepage=never")
    t("touch app buf 8K --read")
    assert t("slots app buf").startswith("z")


def test_pagetable_walks_four_levels():
    t = with_app()
    t("touch app buf 2M; madvise app buf+2M 2M nohugepage; touch app buf+2M 4K; touch app buf+2M+4K 4K --read")
    assert "huge page, frame" in t("pagetable app buf")
    assert "mapped 1x" in t("pagetable app buf+2M")
    assert "the zero page" in t("pagetable app buf+2M+4K")
    assert t("pagetable app buf+8M").splitlines()[-1].split()[-1] == "nothing"


def test_phys_counts_pageblocks():
    t = with_app()
    t("touch app buf")
    rows = json.loads(t("phys --json"))["rows"]
    assert sum(row["BLOCKS"] for row in rows if row["WHAT"] == "H") == 8
    assert sum(row["BLOCKS"] for row in rows) == 512
    assert "expected DMA, DMA32" in t.fails("phys --zone High", 2)


def test_buddy_agrees_with_buddyinfo():
    t = with_app()
    rows = json.loads(t("buddy --json"))["rows"]
    dma = [int(word) for word in t("grep 'zone *DMA ' /proc/buddyinfo").split()[4:]]
    for order, count in enumerate(dma):
        assert sum(row[str(order)] for row in rows if row["ZONE"] == "DMA") == count


def test_zones_show_watermarks():
    rows = json.loads(with_app(memory=2 << 30)("zones --json"))["rows"]
    assert [(row["MIN"], row["LOW"], row["HIGH"]) for row in rows] == [(85, 106, 127), (11178, 13972, 16767)]


def test_free_adds_up():
    row = json.loads(with_app()("free --json"))["rows"][0]
    assert row["used"] + row["free"] == row["total"] == 1029328


def test_vmstat_shows_what_happened_between_lines():
    t = with_app()
    t("touch app buf")
    rows = json.loads(t("vmstat 10s 2 --json"))["rows"]
    assert rows[0]["thp_fault_alloc"] == 8
    assert rows[1]["thp_fault_alloc"] == 0
    assert rows[1]["TIME"] - rows[0]["TIME"] == pytest.approx(10)


def test_numastat_counts_by_node():
    out = with_app(nodes=2, cpus=2)("numastat")
    assert out.splitlines()[0].split() == ["node0", "node1"]


def test_stat_shows_what_the_last_command_changed():
    t = with_app()
    t("echo look; touch app buf 2M")
    changed = {
        row["COUNTER"]: (row["BEFORE"], row["NOW"], row["CHANGE"]) for row in json.loads(t("stat --json"))["rows"]
    }
    assert changed["thp_fault_alloc"] == (0, 1, "+1")
    assert changed["nr_anon_transparent_hugepages"] == (0, 1, "+1")
    assert changed["nr_free_pages"][2] == "-512"  # page tables come from the per-CPU list, which is not counted as free
    assert t("stat") == "nothing changed\n"


def test_stat_of_a_fresh_host_has_nothing_to_show():
    t = with_app()
    t("boot --memory 1G")
    assert t("stat") == "nothing changed\n"


def test_trace_can_be_read_and_switched():
    t = with_app()
    t("touch app buf 2M")
    assert "address=0x200000000000" in t("trace show thp_fault_alloc")
    t("trace off; touch app buf+2M 2M")
    assert t("trace show thp_fault_alloc").count("thp_fault_alloc") == 1
    assert "tracing is off" in t("trace show")
    assert "trace 12: no such event; known: compact_deferred, " in t.fails("trace show 12", 2)
    assert "gfp=0x4352da" in t("trace show mm_page_alloc")
    assert t("grep thp_fault_alloc /proc/vmstat") == "thp_fault_alloc 2\n"


VIEWS = (
    "maps app", "slots app buf", "pagetable app buf", "phys", "buddy", "zones", "lru", "free", "vmstat", "numastat",
    "trace show", "khugepaged", "ps",
)  # fmt: skip


@pytest.mark.parametrize("line", VIEWS)
def test_every_view_speaks_json(line):
    assert "rows" in json.loads(with_app()(f"{line} --json"))
