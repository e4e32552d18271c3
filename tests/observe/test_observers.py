"""What is remembered of events."""

from thpsh.observe.dmesg import Dmesg
from thpsh.observe.trace_buffer import SIZE, TraceBuffer
from thpsh.trace.event import Record
from thpsh.trace.events.printk import Printk


def records(count):
    return [Record(number, number * 1000, Printk(f"line {number}"), None) for number in range(count)]


def test_the_log_shows_seconds_and_microseconds():
    log = Dmesg()
    log.heard(Record(0, 12_345_678_901, Printk("one\ntwo"), None))
    assert log.text() == "[   12.345678] one\n[   12.345678] two\n"


def test_the_buffer_keeps_the_newest_events():
    buffer = TraceBuffer()
    for record in records(SIZE + 10):
        buffer.heard(record)
    assert len(buffer.records) == SIZE
    assert buffer.find(9) is None
    assert buffer.find(SIZE + 3).number == SIZE + 3


def test_a_buffer_that_is_off_keeps_nothing_new():
    buffer = TraceBuffer()
    first, second, third = records(3)
    buffer.heard(first)
    buffer.on = False
    buffer.heard(second)
    buffer.on = True
    buffer.heard(third)
    assert [record.number for record in buffer.records] == [0, 2]
    assert buffer.find(2) is third
    assert buffer.find(1) is None
