"""Machine files: TOML from outside, checked by pydantic, turned into a MachineSpec."""

from __future__ import annotations

import tomllib
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from thpsh.boot.spec import MachineSpec, NodeSpec, check
from thpsh.errors import UsageError
from thpsh.record import names_of, replace
from thpsh.structs.config import PROFILES, BuildConfig, CostModel, Paging
from thpsh.structs.sizes import parse_size

Size = Annotated[int, BeforeValidator(lambda value: parse_size(value) if isinstance(value, str) else value)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Machine(_Table):
    kernel: str = "3.0"
    memory: Size | None = None
    nodes: int | None = None
    cpus: int | None = None
    swap: Size = 0
    cmdline: str = ""
    seed: int = 1
    revert: list[str | int] = Field(default_factory=list)
    apply: list[str | int] = Field(default_factory=list)
    intended: bool = False
    drained: bool = False


class _Node(_Table):
    memory: Size
    cpus: int = 1
    distance: list[int] = Field(default_factory=list)


class Cpu(_Table):
    """The processor of a machine."""

    pse: bool = True
    levels: int = Field(default=4, ge=4, le=4)
    tlb: tuple[int, int] = Field(default=(64, 32), strict=False)


class Build(_Table):
    """How the kernel was built."""

    numa: bool = True
    thp: str = Field(default="always", pattern="^(always|madvise|off)$")
    debug_vm: bool = False
    memcg: bool = True
    highpte: bool = False


class MachineFile(_Table):
    """What a machine file may hold; unknown keys are errors."""

    machine: _Machine = Field(default_factory=_Machine)
    node: list[_Node] = Field(default_factory=list)
    cpu: Cpu = Field(default_factory=Cpu)
    build: Build = Field(default_factory=Build)
    cost: dict[str, StrictInt | StrictStr] = Field(default_factory=dict)  # the constants by name, and `profile`


def parse_machine_file(name: str, text: str) -> MachineSpec:
    """The machine that a file describes; UsageError names the file, the key and what was expected."""
    try:
        found = MachineFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}: {error}") from None
    except ValidationError as error:
        raise UsageError("\n".join(f"{name}: {_say(problem)}" for problem in error.errors())) from None
    try:
        return check(_spec(found))
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def _say(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: unknown key" if problem["type"] == "extra_forbidden" else f"{where}: {problem['msg']}"


def _spec(found: MachineFile) -> MachineSpec:
    machine = found.machine
    spec = MachineSpec(
        kernel=machine.kernel,
        swap=machine.swap,
        cmdline=machine.cmdline,
        seed=machine.seed,
        revert=tuple(str(each) for each in machine.revert),
        apply=tuple(str(each) for each in machine.apply),
        intended=machine.intended,
        drained=machine.drained,
        pse=found.cpu.pse,
        paging=Paging(found.cpu.levels, found.cpu.tlb),
        build=BuildConfig(**found.build.model_dump()),
        cost=_cost(found.cost),
    )
    return _with_nodes(spec, found)


def _cost(found: dict[str, int | str]) -> CostModel:
    """The constants of a profile, with those that the file gives itself in their place."""
    constants = dict(found)
    profile = constants.pop("profile", None)
    if profile is not None and profile not in PROFILES:
        raise UsageError(f"cost.profile: {profile}: expected {' or '.join(PROFILES)}")
    for name, value in constants.items():
        if name not in names_of(CostModel):
            raise UsageError(f"cost.{name}: unknown key")
        if not isinstance(value, int) or value < 0:
            raise UsageError(f"cost.{name}: {value}: expected a whole number, 0 or more")
    return replace(PROFILES[str(profile)] if profile else CostModel(), **constants)


def _with_nodes(spec: MachineSpec, found: MachineFile) -> MachineSpec:
    machine = found.machine
    if not found.node:
        return replace(
            spec,
            memory=spec.memory if machine.memory is None else machine.memory,
            nodes=spec.nodes if machine.nodes is None else machine.nodes,
            cpus=spec.cpus if machine.cpus is None else machine.cpus,
        )
    if machine.memory is not None or machine.nodes is not None or machine.cpus is not None:
        raise UsageError("machine: memory, nodes and cpus are those of the [[node]] tables; give one or the other")
    nodes = tuple(NodeSpec(node.memory, node.cpus, tuple(node.distance)) for node in found.node)
    memory, cpus = sum(node.memory for node in nodes), sum(node.cpus for node in nodes)
    return replace(spec, memory=memory, nodes=len(nodes), cpus=cpus, node_list=nodes)
