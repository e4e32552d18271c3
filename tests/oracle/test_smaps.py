"""/proc/PID/smaps as text."""

from thpsh.oracle.smaps import SmapsEntry, parse_smaps

TEXT = """\
200000000000-200000400000 rw-p 00000000 00:00 0
Size:               4096 kB
Rss:                2052 kB
Pss:                2052 kB
AnonHugePages:      2048 kB
Swap:                  0 kB
Locked:                4 kB
7ffffffde000-7ffffffff000 r-xs 00000000 00:00 0                          [stack]
Size:                132 kB
Rss:                   0 kB
"""


def test_every_vma_with_what_is_not_zero():
    assert parse_smaps(TEXT) == [
        SmapsEntry(0x200000000000, 0x200000400000, "rw-p", {"Rss": 2052, "AnonHugePages": 2048, "Locked": 4}),
        SmapsEntry(0x7FFFFFFDE000, 0x7FFFFFFFF000, "r-xs", {}),
    ]


def test_a_process_without_memory_has_none():
    assert parse_smaps("") == []
