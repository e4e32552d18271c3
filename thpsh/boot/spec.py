"""MachineSpec: what to boot, as flags or a machine file say it."""

from __future__ import annotations

from typing import Final

from thpsh.errors import UsageError
from thpsh.record import field, record
from thpsh.structs.config import BuildConfig, CostModel, Paging
from thpsh.structs.page import GIB, HPAGE_SIZE, MIB, PAGE_SIZE, ZoneType
from thpsh.structs.sizes import format_size

SMALLEST: Final = 32 * MIB
LARGEST: Final = 16 << 40
MAX_NODES: Final = 64
MAX_CPUS: Final = 512


@record(frozen=True)
class NodeSpec:
    """One node of a machine whose nodes differ."""

    memory: int  # bytes
    cpus: int = 1
    distance: tuple[int, ...] = ()  # to every node, as in /sys/devices/system/node/nodeN/distance


@record(frozen=True)
class ZoneSpec:
    """One zone of a machine that was captured, in frames."""

    node: int
    kind: ZoneType
    start: int
    spanned: int
    usable: int  # those of them that are RAM


@record(frozen=True)
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
    node_list: tuple[NodeSpec, ...] = ()  # instead of equal shares; `memory`, `nodes` and `cpus` are then their sums
    zones: tuple[ZoneSpec, ...] = ()  # instead of the layout of the default PC
    settings: tuple[tuple[str, str], ...] = ()  # files and what is written to them after boot
    notes: tuple[str, ...] = ()  # what of a captured host could not be taken over
    paging: Paging = field(default_factory=Paging)
    build: BuildConfig = field(default_factory=BuildConfig)
    cost: CostModel = field(default_factory=CostModel)

    @property
    def shares(self) -> tuple[int, ...]:
        """Bytes of RAM of each node: whole pageblocks, the last node has what is left over."""
        if self.node_list:
            return tuple(node.memory for node in self.node_list)
        share = self.memory // self.nodes // HPAGE_SIZE * HPAGE_SIZE
        return (*(share,) * (self.nodes - 1), self.memory - share * (self.nodes - 1))


def check(spec: MachineSpec) -> MachineSpec:
    """The spec itself, if such a machine can exist; UsageError names what cannot be."""
    if not SMALLEST <= spec.memory <= LARGEST:
        raise UsageError(f"memory {format_size(spec.memory)}: expected 32M to 16T")
    if spec.memory % PAGE_SIZE:
        raise UsageError(f"memory {format_size(spec.memory)}: expected a multiple of {PAGE_SIZE}")
    if not 1 <= spec.nodes <= MAX_NODES:
        raise UsageError(f"nodes {spec.nodes}: expected 1 to {MAX_NODES}")
    if not 1 <= spec.cpus <= MAX_CPUS:
        raise UsageError(f"cpus {spec.cpus}: expected 1 to {MAX_CPUS}")
    if spec.nodes > 1 and not spec.build.numa:
        raise UsageError(f"nodes {spec.nodes}: a nonuma build has one node")
    if spec.nodes > 1 and not spec.zones:
        _check_nodes(spec)
    return spec


def _check_nodes(spec: MachineSpec) -> None:
    shares = spec.shares
    if len(shares) != spec.nodes:
        raise UsageError(f"nodes {spec.nodes}: the machine describes {len(shares)}")
    for node, share in enumerate(shares):
        if share < SMALLEST:
            raise UsageError(f"memory {format_size(share)} of node {node}: expected at least 32M")
        if share % HPAGE_SIZE:
            raise UsageError(f"memory {format_size(share)} of node {node}: expected a multiple of 2M")
    for node, each in enumerate(spec.node_list):
        if each.distance and len(each.distance) != spec.nodes:
            raise UsageError(f"distance of node {node}: expected {spec.nodes} numbers, found {len(each.distance)}")
