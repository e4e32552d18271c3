"""Kernel messages."""

from thpsh.trace.events.printk import Printk


def test_a_message_counts_nothing():
    assert dict(Printk("Out of memory").counts()) == {}


def test_lines_stay_in_one_event():
    assert Printk("one\ntwo").values() == {"text": "one\ntwo"}
