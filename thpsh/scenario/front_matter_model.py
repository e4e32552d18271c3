"""The pydantic model of a front matter; imported only when there is one to check."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from thpsh.boot.machine_file import Build, Cpu  # noqa: TC001 - pydantic reads the annotations
from thpsh.errors import UsageError
from thpsh.releases import find
from thpsh.structs.sizes import parse_size


def _size(word: Any) -> int:
    """Bytes of a SIZE word or number."""
    if isinstance(word, bool) or not isinstance(word, int | str):
        raise ValueError("expected a size, as in 512M or 8G")
    if isinstance(word, int):
        return word
    try:
        return parse_size(word)
    except UsageError as error:
        raise ValueError(str(error)) from None


def _words(value: Any) -> tuple[str, ...]:
    """A list of numbers or ids as text; one alone need not be a list."""
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, bool) or not isinstance(item, int | str) for item in items):
        raise ValueError("expected a number, a word or a list of them")
    return tuple(str(item) for item in items)


def _changes(value: Any) -> tuple[str, ...]:
    """Numbers or ids of changes that exist."""
    words = _words(value)
    for word in words:
        try:
            find(word)
        except UsageError as error:
            raise ValueError(str(error)) from None
    return words


Size = Annotated[StrictInt, BeforeValidator(_size)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Changes = Annotated[tuple[str, ...], BeforeValidator(_changes)]


class NodeModel(BaseModel):
    """One node of a machine whose nodes differ, as in a machine file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    memory: Size
    cpus: StrictInt = 1
    distance: tuple[StrictInt, ...] = ()


class FrontMatterModel(BaseModel):
    """The keys a front matter may have; any other is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: StrictStr = ""
    summary: StrictStr = ""
    commits: Changes = ()
    level: StrictInt = Field(default=0, ge=0, le=9)
    tags: Words = ()
    kernel: StrictStr = "3.0"
    memory: Size = 0
    nodes: StrictInt = 1
    cpus: StrictInt = 2
    swap: Size = 0
    cmdline: StrictStr = ""
    seed: StrictInt = 1
    revert: Words = ()
    apply: Words = ()
    intended: StrictBool = False
    drained: StrictBool = False
    node: tuple[NodeModel, ...] = ()
    cpu: Cpu | None = None
    build: Build | None = None

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> FrontMatterModel:
        """Memory, nodes and CPUs are those of the [[node]] tables, if there are any."""
        if self.node and self.model_fields_set & {"memory", "nodes", "cpus"}:
            raise ValueError("memory, nodes and cpus are those of the [[node]] tables; give one or the other")
        return self
