"""Replays a recording on an emulated host and notes the outcome of each operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import KernelError
from thpsh.mm.kthreads import pass_time
from thpsh.oracle.calls import CALLS
from thpsh.oracle.fragmentation_operations import FRAGMENTATION_OPERATIONS
from thpsh.oracle.host_operations import HOST_OPERATIONS
from thpsh.oracle.khugepaged_operations import KHUGEPAGED_OPERATIONS
from thpsh.oracle.ksm_operations import KSM_OPERATIONS
from thpsh.oracle.log_operations import LOG_OPERATIONS
from thpsh.oracle.memcg_operations import MEMCG_OPERATIONS
from thpsh.oracle.more_operations import MORE_OPERATIONS
from thpsh.oracle.numa_operations import NUMA_OPERATIONS
from thpsh.oracle.numa_view import numastat, told
from thpsh.oracle.observer import look
from thpsh.oracle.outcome import Outcome
from thpsh.oracle.poison_operations import POISON_OPERATIONS
from thpsh.oracle.reclaim_operations import RECLAIM_OPERATIONS
from thpsh.oracle.recorder import Recorder
from thpsh.oracle.recording import compared
from thpsh.oracle.reply import Reply
from thpsh.oracle.stack_operations import STACK_OPERATIONS
from thpsh.oracle.words import NotSupported, Refused, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.machine import Machine
    from thpsh.oracle.recorder import Files
    from thpsh.oracle.recording import Operation
    from thpsh.oracle.reply import Handler

OPERATIONS: Final[Mapping[str, Handler]] = {
    **CALLS,
    **HOST_OPERATIONS,
    **MORE_OPERATIONS,
    **FRAGMENTATION_OPERATIONS,
    **KHUGEPAGED_OPERATIONS,
    **STACK_OPERATIONS,
    **KSM_OPERATIONS,
    **LOG_OPERATIONS,
    **NUMA_OPERATIONS,
    **MEMCG_OPERATIONS,
    **POISON_OPERATIONS,
    **RECLAIM_OPERATIONS,
}
SETTLED: Final = 2_100_000_000  # nanoseconds that an exact recorder waits before it reads the counters
KILLED: Final = "KILLED"


class Replay:
    """A host on which the operations of a recording are done, one after the other."""

    def __init__(self, machine: Machine, files: Files) -> None:
        self.recorder = Recorder(machine, files)
        self.machine = machine
        self._noted = self._counters()
        self._nodes = numastat(machine.kernel)

    def do(self, operation: Operation) -> Outcome:
        """Do one operation; what happens since the last look is counted when the recorder looks."""
        words = Words(operation.line)
        process = self.recorder.processes.get(words.words[1]) if len(words) > 1 else None
        task = process.task if process is not None else None
        before = (task.min_flt, task.maj_flt) if task is not None else (0, 0)
        reply = self._reply(words)
        self.recorder.finish(words.name, looked=operation.looked)
        self.machine.finish()
        if self.recorder.exact and operation.looked:
            pass_time(self.recorder.kernel, SETTLED)
        killed = task is not None and task.dead and words.name != "exit"
        died = [name for name in self.recorder.bury() if not (killed and process and name == process.name)]
        faults = (task.min_flt - before[0], task.maj_flt - before[1]) if task is not None and not killed else (0, 0)
        faults = (faults[0] + self.recorder.owed, faults[1])
        self.recorder.owed = 0
        return Outcome(
            KILLED if killed else reply.ret,
            {**reply.results, "died": died} if died else reply.results,
            *faults,
            self._since() if operation.looked else {},
            look(self.recorder) if operation.looked else None,
            self._numastat(),
        )

    def _reply(self, words: Words) -> Reply:
        handler = OPERATIONS.get(words.name)
        if handler is None:
            raise NotSupported(words.name)
        try:
            return handler(self.recorder, words)
        except KernelError as error:
            return Reply(ret=f"-{error.errno.name}")
        except Refused as problem:
            return Reply({"error": str(problem)})

    def _since(self) -> dict[str, int | str]:
        """How far the counters have moved since the last look."""
        now = self._counters()
        moved: dict[str, int | str] = {
            name: value - self._noted.get(name, 0) for name, value in now.items() if value != self._noted.get(name, 0)
        }
        self._noted = now
        return moved

    def _numastat(self) -> dict[str, int]:
        """How far the counters of the nodes have moved since the last look."""
        before, self._nodes = self._nodes, numastat(self.machine.kernel)
        return {
            name: value - before[name] for name, value in self._nodes.items() if value != before[name] and told(name)
        }

    def _counters(self) -> dict[str, int]:
        counts = {name: value for name, value in self.machine.vm_events.counts.items() if compared(name)}
        return {**counts, "pages_collapsed": self.machine.kernel.khugepaged.pages_collapsed}
