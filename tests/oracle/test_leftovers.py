"""The state in which a case found the host."""

from tests.oracle.cases import machine
from thpsh.oracle.leftovers import leave


def test_compaction_was_deferred_when_khugepaged_was_recorded_on_a_fragmented_host():
    kernel = machine().kernel
    leave(kernel, "frag-khp-defrag")
    assert {zone.compaction.shift for zone in kernel.zones} == {6}


def test_other_cases_found_a_host_that_was_quiet():
    kernel = machine().kernel
    leave(kernel, "frag-deferral")
    assert {zone.compaction.shift for zone in kernel.zones} == {0}
