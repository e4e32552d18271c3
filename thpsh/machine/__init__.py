"""Machine: a booted Kernel with those who watch it; the thing that commands act on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thpsh.mm.kthreads import run_due
from thpsh.observe.dmesg import Dmesg
from thpsh.observe.latency import Latency
from thpsh.observe.timeline import Timeline
from thpsh.observe.trace_buffer import TraceBuffer
from thpsh.observe.vm_events import VmEvents
from thpsh.record import field, record
from thpsh.structs.slab import AT_BOOT
from thpsh.trace.events.fault import AccessLoop, PageFault
from thpsh.trace.events.printk import Printk
from thpsh.trace.events.stall import Stalled

if TYPE_CHECKING:
    from thpsh.releases import KernelSelection
    from thpsh.structs.kernel import Kernel


@record(eq=False)
class Machine:
    """A kernel, the selection of changes it was built from, and its observers."""

    kernel: Kernel
    selection: KernelSelection
    vm_events: VmEvents = field(default_factory=VmEvents)
    dmesg: Dmesg = field(default_factory=Dmesg)
    trace: TraceBuffer = field(default_factory=TraceBuffer)
    timeline: Timeline = field(default_factory=Timeline)
    latency: Latency = field(init=False)

    def __post_init__(self) -> None:
        self.latency = Latency(self.kernel.cost.fault)
        bus = self.kernel.trace
        bus.subscribe(self.vm_events)
        bus.subscribe(self.trace)
        bus.subscribe(self.dmesg, Printk)
        bus.subscribe(self.latency, PageFault, Stalled, AccessLoop)

    def marks(self) -> tuple[Any, ...]:
        """Where the clock, the trace and the observers stand: what to go back to that is not in the journal."""
        kernel = self.kernel
        clock = (kernel.clock.now, kernel.clock.spent, kernel.trace.number)
        watched = (self.vm_events, self.dmesg, self.trace, self.latency, self.timeline)
        return clock, *(each.mark() for each in watched)

    def exchange(self, marks: tuple[Any, ...]) -> tuple[Any, ...]:
        """Go to such a place; returns the marks that lead back."""
        clock, events, dmesg, trace, latency, timeline = marks
        kernel = self.kernel
        before = (kernel.clock.now, kernel.clock.spent, kernel.trace.number)
        kernel.clock.now, kernel.clock.spent, kernel.trace.number = clock
        return (
            before,
            self.vm_events.exchange(events),
            self.dmesg.exchange(dmesg),
            self.trace.exchange(trace),
            self.latency.exchange(latency),
            self.timeline.exchange(timeline),
        )

    def finish(self) -> None:
        """End a command: what it cost moves the clock, daemons that are due by then run. A stopped host rests."""
        if self.kernel.totals.panic:
            return
        if self.kernel.root_memcg.children:  # tasks sleep in faults only in groups with a limit
            from thpsh.mm.fault import resume_faults

            resume_faults(self.kernel)
        clock = self.kernel.clock
        clock.now += clock.spent
        clock.spent = 0
        if self.kernel.slab.pages or self.kernel.slab.vmas > AT_BOOT:
            from thpsh.mm.slab import resize_slab

            resize_slab(self.kernel)
        run_due(self.kernel)
        self.timeline.sample(self.kernel)
