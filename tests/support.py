"""A booted host with a process, for tests of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thpsh.boot import MachineSpec, boot, start_process
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fault import TouchMode, TouchReport, touch
from thpsh.mm.huge_memory.policy import set_enabled
from thpsh.mm.vma import insert_vm_struct, vm_stat_account
from thpsh.structs.page import PAGE_SHIFT
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm, Vma

if TYPE_CHECKING:
    from thpsh.machine import Machine
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_cache import File
    from thpsh.structs.task import Task

START = 0x200000000000
K, M, G = 1 << 10, 1 << 20, 1 << 30


@dataclass
class Host:
    """A machine, its kernel and one process."""

    machine: Machine
    kernel: Kernel
    task: Task

    def map(
        self,
        size: int,
        start: int = START,
        flags: int = Vm.DATA_DEFAULT,
        task: Task | None = None,
        file: File | None = None,
    ) -> Vma:
        """Map private anonymous memory, or a file from its beginning."""
        owner = task or self.task
        assert owner.mm is not None
        vma = Vma(owner.mm, start, start + size, flags, 0 if file else start >> PAGE_SHIFT, file)
        insert_vm_struct(self.kernel, vma)
        owner.mm.total_vm += size >> PAGE_SHIFT
        vm_stat_account(self.kernel, owner.mm, flags, file, size >> PAGE_SHIFT)
        return vma

    def write(self, offset: int, size: int, task: Task | None = None, **mode: Any) -> TouchReport:
        """Write to memory from START + offset on, then check the whole host."""
        report = touch(self.kernel, task or self.task, START + offset, size, TouchMode(write=True, **mode))
        debug_vm(self.kernel)
        return report

    def read(self, offset: int, size: int, task: Task | None = None, **mode: Any) -> TouchReport:
        """Read memory from START + offset on, then check the whole host."""
        report = touch(self.kernel, task or self.task, START + offset, size, TouchMode(write=False, **mode))
        debug_vm(self.kernel)
        return report

    def enabled(self, mode: str) -> None:
        """Set transparent_hugepage/enabled."""
        set_enabled(self.kernel, mode)

    def slots(self, size: int, start: int = START, task: Task | None = None) -> str:
        """One letter for each 2 MiB slot: H huge, F full of small pages, P partly, z zero pages only, . nothing."""
        mm = (task or self.task).mm
        assert mm is not None
        letters = ""
        for slot in range(start >> 21, start + size >> 21):
            entry = mm.pmds.get(slot)
            if entry is None or (isinstance(entry, PageTable) and not entry.present):
                letters += "."
            elif isinstance(entry, HugePmd):
                letters += "H"
            elif entry.present == entry.special:
                letters += "z"
            else:
                letters += "F" if entry.present.bit_count() == 512 else "P"
        return letters

    def event(self, name: str) -> int:
        """A counter of /proc/vmstat."""
        return self.machine.vm_events.get(name)


def host(**spec: Any) -> Host:
    """Boot a machine (1 GiB, one CPU unless told otherwise) and start a process."""
    machine = boot(MachineSpec(**{"memory": G, "cpus": 1, **spec}))
    task = start_process(machine, "app")
    debug_vm(machine.kernel)
    return Host(machine, machine.kernel, task)
