"""MachineSpec: what to boot, as flags or a machine file say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from thpsh.errors import UsageError
from thpsh.structs.config import BuildConfig, CostModel
from thpsh.structs.page import GIB, HPAGE_SIZE, MIB, PAGE_SIZE

SMALLEST: Final = 32 * MIB
LARGEST: Final = 16 << 40
MAX_NODES: Final = 64
MAX_CPUS: Final = 512


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """A machine and the kernel it boots; sizes in bytes."""

    kernel: str = "3.0"
    memory: int = 8 * GIB
    nodes: int = 1
    cpus: int = 2
    swap: int = 0
    cmdline: str = ""
    seed: int = 1
    revert: tuple[str, ...] = ()  # changes of the kernel to leave out, by number or id
    apply: tuple[str, ...] = ()  # changes to add
    intended: bool = False
    drained: bool = False  # LRU caches are kept empty
    pse: bool = True  # the CPU can map 2 MiB pages
    build: BuildConfig = field(default_factory=BuildConfig)
    cost: CostModel = field(default_factory=CostModel)


def check(spec: MachineSpec) -> MachineSpec:
    """The spec itself, if such a machine can exist; UsageError names what cannot be."""
    if not SMALLEST <= spec.memory <= LARGEST:
        raise UsageError(f"memory {spec.memory}: expected 32M to 16T")
    if spec.memory % PAGE_SIZE:
        raise UsageError(f"memory {spec.memory}: expected a multiple of {PAGE_SIZE}")
    if not 1 <= spec.nodes <= MAX_NODES:
        raise UsageError(f"nodes {spec.nodes}: expected 1 to {MAX_NODES}")
    if not 1 <= spec.cpus <= MAX_CPUS:
        raise UsageError(f"cpus {spec.cpus}: expected 1 to {MAX_CPUS}")
    if spec.nodes > 1 and not spec.build.numa:
        raise UsageError(f"nodes {spec.nodes}: a nonuma build has one node")
    if spec.nodes > 1 and spec.memory // spec.nodes < SMALLEST:
        raise UsageError(f"memory {spec.memory}: too small for {spec.nodes} nodes of at least 32M")
    if spec.memory // spec.nodes % HPAGE_SIZE and spec.nodes > 1:
        raise UsageError(f"memory {spec.memory}: expected a multiple of 2M for each of {spec.nodes} nodes")
    return spec
