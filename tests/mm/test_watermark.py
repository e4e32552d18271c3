"""Watermarks and reserves against a recording of boots from 64 MiB to 2 GiB (captures/min_free_kbytes_by_mem.txt)."""

import re
from pathlib import Path

import pytest

from tests.support import G, M, host
from thpsh.mm.huge_memory.khugepaged import start_khugepaged
from thpsh.mm.huge_memory.policy import set_enabled
from thpsh.mm.watermark import (
    calculate_normal_threshold,
    setup_per_zone_wmarks,
    zone_batchsize,
    zone_watermark_ok,
)

CAPTURE = Path(__file__).parents[1] / "data" / "captures" / "min_free_kbytes_by_mem.txt"
SIZE = {"M": M, "G": G}


def boots():
    """The boots of the recording: (memory, boot word, text)."""
    found = []
    for part in CAPTURE.read_text().split("##### ")[1:]:
        head = re.match(r"MEM=(\d+)([MG]) transparent_hugepage=(\w+)", part)
        if head:
            found.append(pytest.param(int(head[1]) * SIZE[head[2]], head[3], part, id=part.splitlines()[0]))
    return found


@pytest.mark.parametrize(("memory", "word", "text"), boots())
def test_a_boot_has_the_reserves_of_the_recorded_one(memory, word, text):
    kernel = host(memory=memory, cmdline=f"transparent_hugepage={word}").kernel
    assert kernel.sysctl.min_free_kbytes == int(re.search(r"^min_free_kbytes=(\d+)", text, re.M)[1])
    for zone in kernel.zones:
        row = dict(re.findall(rf"0, {zone.kind.label} (\w+)=(\d+);", text))
        found = {"min": zone.min_wmark, "low": zone.low_wmark, "high": zone.high_wmark, "present": zone.present}
        assert {name: str(value) for name, value in found.items()} == row


@pytest.mark.parametrize(("memory", "word", "text"), boots())
def test_switching_thp_on_raises_the_reserve_as_recorded(memory, word, text):
    kernel = host(memory=memory, cmdline=f"transparent_hugepage={word}").kernel
    for mode, kilobytes in re.findall(r"after echo (\w+): rc=0 .*min_free=(\d+)", text):
        set_enabled(kernel, mode)
        start_khugepaged(kernel)
        assert kernel.sysctl.min_free_kbytes == int(kilobytes)


def test_batches_and_thresholds_are_those_of_zoneinfo():
    assert (zone_batchsize(28248), zone_batchsize(513048), zone_batchsize(3925)) == (7, 31, 0)
    assert calculate_normal_threshold(1, 28248) == 2


def test_lowmem_reserves_keep_low_zones_from_others():
    zones = host(memory=128 * M).kernel.zones
    assert zones[0].lowmem_reserve == (0, 110, 110, 110)
    assert zones[1].lowmem_reserve == (0, 0, 0, 0)


def test_a_huge_block_needs_room_at_every_order_below():
    zone = host().kernel.zones[-1]
    assert zone_watermark_ok(zone, 9, zone.low_wmark, zone.kind)
    assert not zone_watermark_ok(zone, 9, zone.free, zone.kind)


def test_a_negative_min_free_kbytes_reserves_more_than_there_is_and_stays():
    h = host(memory=128 * M)
    h.kernel.sysctl.min_free_kbytes = -1
    setup_per_zone_wmarks(h.kernel)
    present = sum(zone.present for zone in h.kernel.zones)
    for zone in h.kernel.zones:
        assert zone.min_wmark == (2**64 - zone.present) // present
        assert zone.low_wmark == zone.min_wmark + (zone.min_wmark >> 2)
        assert not zone_watermark_ok(zone, 0, zone.min_wmark, 0)
    set_enabled(h.kernel, "always")
    assert h.kernel.sysctl.min_free_kbytes == -1
