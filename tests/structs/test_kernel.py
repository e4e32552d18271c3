"""The root of all state."""

import pytest

from tests.support import START, G, M, host
from thpsh.structs.page import ZoneType
from thpsh.structs.versioned import Layer


@pytest.mark.parametrize(
    ("pfn", "kind"),
    [
        (0, ZoneType.DMA), (0xFFF, ZoneType.DMA), (0x1000, ZoneType.DMA32), (0xFFFFF, ZoneType.DMA32),
        (0x100000, ZoneType.NORMAL), (1 << 30, ZoneType.NORMAL),
    ],
)  # fmt: skip
def test_zones_end_at_16_mib_and_4_gib(pfn, kind):
    assert host(memory=8 * G).kernel.zone_of(pfn >> 9).kind is kind


def test_block_of_finds_the_frames_of_a_page():
    h = host()
    h.map(2 * M)
    h.write(0, 2 * M)
    block = h.task.mm.pmds[START >> 21].block
    assert h.kernel.block_of(block.start_pfn) is block
    assert h.kernel.block_of(block.start_pfn + 511) is block


def test_the_journal_gets_an_object_once_an_epoch():
    kernel = host().kernel
    kernel.journal.epoch += 1
    kernel.journal.layers.append(Layer(kernel.epoch))
    for value in (1, 2):
        kernel.own(kernel.sysctl)
        kernel.sysctl.swappiness = value
    assert [obj for obj, _ in kernel.journal.layers[-1].saved] == [kernel.sysctl]


def test_tasks_are_found_by_pid():
    h = host()
    assert h.kernel.tasks[h.task.pid] is h.task
