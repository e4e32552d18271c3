"""Recorder operations of swap and page cache."""

from tests.oracle.cases import replay


def value(outcome):
    return outcome.results["value"]


def test_swap_comes_and_goes():
    _, found = replay("swapon 64M", "pick /proc/meminfo SwapTotal", "swapoff", "pick /proc/meminfo SwapTotal")
    assert found[0].results == {"how": "ram"}
    assert (value(found[1]), value(found[3])) == ("SwapTotal: 65532 kB", "SwapTotal: 0 kB")


def test_the_memory_of_a_filled_ram_disk_is_taken():
    _, found = replay("pick /proc/meminfo MemFree", "swapon 8M filled", "pick /proc/meminfo MemFree")
    first, second = (int(value(each).split()[1]) for each in (found[0], found[2]))
    assert 8192 - 128 <= first - second <= 8192 + 256  # up to a batch may have waited in the page lists of the CPU


def test_reading_a_disk_fills_the_buffers_and_they_can_be_dropped():
    _, found = replay("cache 4M", "pick /proc/meminfo Buffers", "dropcaches 1", "pick /proc/meminfo Buffers")
    assert (value(found[1]), value(found[3])) == ("Buffers: 4224 kB", "Buffers: 0 kB")


def test_the_recorder_has_one_disk():
    _, outcomes = replay("swapon 16M", "swapon 16M", "swapoff", "swapoff")
    assert [outcome.ret for outcome in outcomes] == ["0", "-EBUSY", "0", "-EINVAL"]
