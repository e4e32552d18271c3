"""Every event class says what it is."""

import importlib
import pkgutil

import pytest

import thpsh.trace.events as package
from thpsh.trace.event import Event

for module in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f"thpsh.trace.events.{module.name}")


@pytest.mark.parametrize("kind", Event.__subclasses__(), ids=lambda kind: kind.__name__)
def test_events_are_frozen_and_named(kind):
    assert kind.__dataclass_params__.frozen
    assert kind.tracepoint() == kind.tracepoint().lower()
    assert kind.__doc__


def test_names_are_tracepoints():
    from thpsh.trace.events.huge_memory import ThpFaultAlloc
    from thpsh.trace.events.kmem import MmPageAlloc

    assert MmPageAlloc.tracepoint() == "mm_page_alloc"
    assert ThpFaultAlloc.tracepoint() == "thp_fault_alloc"
    event = ThpFaultAlloc(1, 0x200000, 512, 0)
    assert dict(event.counts()) == {"thp_fault_alloc": 1}
    assert event.values()["pfn"] == 512
