"""Compares one recording with the emulator: boots the recorded machine, replays, collects the differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.boot.spec import MachineSpec
from thpsh.boot.spec import check as check_spec
from thpsh.errors import KernelError, ModelBug, UsageError
from thpsh.fs.vfs import Vfs
from thpsh.oracle.differ import Differ, Difference
from thpsh.oracle.known_later import reasons
from thpsh.oracle.leftovers import leave
from thpsh.oracle.policy import take_over
from thpsh.oracle.pressure import CASES, agrees
from thpsh.oracle.replay import Replay
from thpsh.oracle.words import NotSupported
from thpsh.record import record
from thpsh.structs.page import GIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.machine import Machine
    from thpsh.oracle.recording import Operation, Recording


@record(frozen=True)
class Comparison:
    """What came out of one recording."""

    name: str  # of its file
    case: str
    kernel: str  # that was recorded
    operations: int
    differences: tuple[Difference, ...]
    script: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()  # operations that the recorder could not do, with the reason
    seed: tuple[str, ...] = ()  # for each difference the change behind it that the emulated kernel lacks

    @property
    def reasons(self) -> list[str]:
        """For each difference the change of the kernel behind it, where one is known."""
        later = reasons(self.kernel, self.differences, self.script)
        return [own or other for own, other in zip(self.seed, later, strict=True)] if self.seed else later


def recorded_machine(recording: Recording) -> MachineSpec:
    """The machine on which a case was recorded: 2 GiB, one node, one CPU unless the recording says otherwise."""
    nodes = 1 if recording.nodes is None else recording.nodes
    cpus = 1 if recording.cpus is None else recording.cpus
    try:
        return check_spec(MachineSpec(memory=recording.memory or 2 * GIB, nodes=nodes, cpus=cpus))
    except UsageError as error:
        raise UsageError(f"{recording.name}: machine: {error}") from None


def compare(recording: Recording, machine: Machine, check: Callable[[Machine], None] | None = None) -> Comparison:
    """Replay a recording on a freshly booted machine; `check` looks at the machine after every operation."""
    differences: list[Difference] = []
    differ = Differ()
    pressed = recording.case.startswith(CASES)
    files = Vfs(machine)
    try:
        replay = Replay(machine, files)
    except KernelError as error:
        raise UsageError(
            f"{recording.name}: this machine does not let the recorder set the THP policy: {error}"
        ) from None
    take_over(files, recording.knobs)
    leave(machine.kernel, recording.case)
    done = [operation for operation in recording.operations if not operation.skipped]
    for operation in done:
        try:
            found = _one(operation, replay, differ)
            differences += [each for each in found if not (pressed and agrees(each))]
            if check is not None:
                check(machine)
        except ModelBug as error:
            contradiction = Difference(operation.index, operation.line, "internal contradiction", "none", str(error))
            differences.append(contradiction)
            break
    left_out = tuple((each.line, each.skipped) for each in recording.operations if each.skipped)
    script = tuple(operation.line for operation in recording.operations)
    return Comparison(recording.name, recording.case, recording.kernel, len(done), tuple(differences), script, left_out)


def _one(operation: Operation, replay: Replay, differ: Differ) -> list[Difference]:
    """Do one operation and compare; what cannot be done is a difference of its own."""
    try:
        found = replay.do(operation)
    except NotSupported as error:
        return [Difference(operation.index, operation.line, "operation", "done", f"not supported yet: {error}")]
    return differ.compare(operation, found)
