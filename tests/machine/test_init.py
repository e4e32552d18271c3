"""Machine: what is remembered beside the journal can be exchanged."""

from thpsh.boot import MachineSpec, boot
from thpsh.trace.events.printk import Printk


def test_marks_lead_back_and_forth():
    machine = boot(MachineSpec(memory=1 << 30))
    marks, lines = machine.marks(), len(machine.dmesg.lines)
    machine.kernel.trace.emit(Printk("one\ntwo"))
    machine.kernel.clock.now += 5
    forth = machine.exchange(marks)
    assert (len(machine.dmesg.lines), machine.marks()[0]) == (lines, marks[0])
    machine.exchange(forth)
    assert [text for _, text in machine.dmesg.lines[lines:]] == ["one", "two"]
    assert machine.trace.records[-1].event == Printk("one\ntwo")
    assert machine.kernel.clock.now == marks[0][0] + 5
