"""The newest events."""

from thpsh.observe.trace_buffer import SIZE, TraceBuffer
from thpsh.trace.event import Record
from thpsh.trace.events.printk import Printk


def records(count):
    return [Record(number, number * 1000, Printk(f"line {number}"), None) for number in range(count)]


def test_the_oldest_make_room():
    buffer = TraceBuffer()
    for record in records(SIZE + 10):
        buffer.heard(record)
    assert len(buffer.records) == SIZE
    assert buffer.find(9) is None
    assert buffer.find(10).number == 10
    assert buffer.find(SIZE + 3).number == SIZE + 3


def test_a_buffer_that_is_off_keeps_nothing_new():
    buffer = TraceBuffer()
    first, second, third = records(3)
    buffer.heard(first)
    buffer.on = False
    buffer.heard(second)
    buffer.on = True
    buffer.heard(third)
    assert list(buffer.records) == [first, third]
    assert buffer.find(2) is third  # not where its number would put it
    assert buffer.find(1) is None


def test_nothing_is_found_in_an_empty_buffer():
    assert TraceBuffer().find(0) is None
