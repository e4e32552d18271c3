"""Names of regions when memory is unmapped or moved."""

import pytest

from tests.commands.typed import with_app
from thpsh.commands.regions import moved_name

BUF = 0x200000000000
M = 1 << 20


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("munmap app buf 4M", (BUF + 4 * M, 12 * M)),
        ("munmap app buf+12M 4M", (BUF, 12 * M)),
        ("munmap app buf+4M 4M", (BUF, 16 * M)),
        ("munmap app buf+15M 8M", (BUF, 15 * M)),
        ("munmap app buf", None),
    ],
)
def test_a_region_shrinks_at_its_ends_and_keeps_its_name_around_a_hole(line, left):
    t = with_app()
    t(line)
    region = t.session.machine.kernel.tasks[100].regions.get("buf")
    assert (region and (region.start, region.length)) == left


def test_a_moved_part_gets_the_next_free_number():
    t = with_app()
    task = t.session.machine.kernel.tasks[100]
    assert moved_name(task, "buf") == "buf~1"
    t("mmap app buf~1 4K")
    assert moved_name(task, "buf") == "buf~2"
