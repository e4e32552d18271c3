"""The kernel log."""

from thpsh.observe.dmesg import Dmesg
from thpsh.trace.event import Record
from thpsh.trace.events.printk import Printk
from thpsh.trace.events.vmscan import LruAddDrain


def heard(*records):
    log = Dmesg()
    for time, event in records:
        log.heard(Record(0, time, event, None))
    return log


def test_the_log_shows_seconds_and_microseconds():
    assert heard((12_345_678_901, Printk("one"))).text() == "[   12.345678] one\n"


def test_every_line_of_a_message_has_the_time():
    assert heard((0, Printk("one\ntwo"))).text() == "[    0.000000] one\n[    0.000000] two\n"


def test_a_long_uptime_widens_the_stamp():
    assert heard((123_456 * 10**9 + 1_000, Printk("x"))).text() == "[123456.000001] x\n"


def test_other_events_leave_no_line():
    assert heard((0, LruAddDrain(0, 3))).text() == ""
