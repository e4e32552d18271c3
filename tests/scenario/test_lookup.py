"""Keys in pseudo-files."""

import pytest

from thpsh.scenario import lookup

MEMINFO = "MemTotal:        8052588 kB\nAnonPages:          8356 kB\nAnonHugePages:      8192 kB\n"
VMSTAT = "nr_free_pages 1997\nthp_fault_alloc 4\nthp_split 0\n"
NODE = "Node 0 MemTotal:       2096572 kB\nNode 0 MemFree:        2031140 kB\n"
BUDDY = "Node 0, zone      DMA      1      0      1 \nNode 0, zone    DMA32      6      6      3 \n"
ZONEINFO = """Node 0, zone      DMA
  pages free     3937
        min      5
Node 0, zone    DMA32
  pages free     9
        min      7
"""
SMAPS = """200000000000-200000200000 rw-p 00000000 00:00 0
Size:               2048 kB
Rss:                2048 kB
AnonHugePages:      2048 kB
200000200000-200000400000 r--p 00000000 00:00 0
Size:               2048 kB
Rss:                   4 kB
AnonHugePages:         0 kB
"""
STAT = "7 (a (b) c) S 1 7 7 0 -1 4202496 12 0 3 0 0 0 0 0 20 0 1 0 0 8679424 17 18446744073709551615"


@pytest.mark.parametrize(
    ("path", "text", "keys", "value"),
    [
        ("/proc/meminfo", MEMINFO, ("AnonHugePages",), "8192 kB"),
        ("/proc/meminfo", MEMINFO, ("AnonHugePages:",), "8192 kB"),
        ("/proc/vmstat", VMSTAT, ("thp_split",), "0"),
        ("/sys/devices/system/node/node0/meminfo", NODE, ("MemFree",), "2031140 kB"),
        ("/proc/buddyinfo", BUDDY, ("DMA",), "1 0 1"),
        ("/proc/buddyinfo", BUDDY, ("DMA32",), "6 6 3"),
        ("/proc/zoneinfo", ZONEINFO, ("min",), "5"),
        ("/proc/zoneinfo", ZONEINFO, ("DMA32", "min"), "7"),
        ("/proc/zoneinfo", ZONEINFO, ("DMA32", "free"), "9"),
        ("/proc/app/stat", STAT, ("minflt",), "12"),
        ("/proc/app/stat", STAT, ("comm",), "a (b) c"),
        ("/proc/app/stat", STAT, ("majflt",), "3"),
        ("/proc/app/statm", "2119 17 9 1 0 66 0\n", ("resident",), "17"),
        ("/sys/x/enabled", "[always] madvise never\n", (), "[always] madvise never"),
        ("/proc/meminfo", MEMINFO, ("Anon",), None),
        ("/proc/meminfo", MEMINFO, ("HugePages_Total",), None),
        ("/proc/zoneinfo", ZONEINFO, ("Normal", "min"), None),
    ],
)
def test_a_key_finds_its_value(path, text, keys, value):
    assert lookup.value(path, text, keys) == value


def test_smaps_sums_the_vmas_of_a_range():
    assert lookup.smaps_sum(SMAPS, "Rss", 0x200000000000, 0x200000400000) == "2052 kB"
    assert lookup.smaps_sum(SMAPS, "Rss", 0x200000200000, 0x200000400000) == "4 kB"
    assert lookup.smaps_sum(SMAPS, "AnonHugePages", 0x200000000000, 0x200000400000) == "2048 kB"


def test_smaps_of_a_place_without_vma_has_no_value():
    assert lookup.smaps_sum(SMAPS, "Rss", 0x1000, 0x2000) is None
    assert lookup.smaps_sum(SMAPS, "Nonsense", 0, 1 << 64) is None


def test_a_field_of_a_view_is_the_rest_of_its_line():
    assert lookup.column("free 5\nhuge: 7 of 9\n", "huge") == "7 of 9"


def test_a_field_of_a_table_is_its_column_in_the_first_row():
    assert lookup.column("NAME FREE USED\nDMA 3937 12\nDMA32 9 8\n", "USED") == "12"
