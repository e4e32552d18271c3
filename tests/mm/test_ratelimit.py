"""Lines that may fill the kernel log."""

from tests.support import host
from thpsh.mm.ratelimit import BURST, INTERVAL, printk_ratelimit


def test_the_interval_begins_with_its_second_call():
    """___ratelimit clears `begin` when an interval has passed, and the next call sets it."""
    h = host()
    h.kernel.clock.now += 1
    assert [printk_ratelimit(h.kernel, "site") for _ in range(BURST + 3)] == [True] * BURST + [False] * 3
    h.kernel.clock.now += INTERVAL
    assert not printk_ratelimit(h.kernel, "site"), "the interval has to be over"
    h.kernel.clock.now += 1
    assert printk_ratelimit(h.kernel, "site")
    assert h.machine.dmesg.lines[-1][1] == "site: 4 callbacks suppressed"
    h.kernel.clock.now += 10 * INTERVAL
    assert printk_ratelimit(h.kernel, "site")
    assert h.machine.dmesg.lines[-1][1] == "site: 4 callbacks suppressed", "nothing was lost since"
