"""Front matter: TOML between two `+++` lines, checked and made a frozen dataclass."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from thpsh.record import field, record
from thpsh.scenario.place import ScenarioError
from thpsh.structs.config import BuildConfig, Paging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.scenario.front_matter_model import NodeModel

FENCE: Final = "+++"
MACHINE_KEYS: Final = (
    "kernel", "memory", "nodes", "cpus", "swap", "cmdline", "seed", "revert", "apply", "intended", "drained",
)  # fmt: skip
_TOML_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")


@record(frozen=True)
class FrontMatter:
    """What a scenario says about itself and the machine it wants."""

    title: str = ""
    summary: str = ""
    commits: tuple[str, ...] = ()  # the seed commits it shows, by number or id
    level: int = 0
    tags: tuple[str, ...] = ()
    machine: Mapping[str, Any] = field(default_factory=dict)  # the keys of [machine] it sets


def split(file: str, text: str) -> tuple[str, int]:
    """The TOML text of a scenario and the number of lines it takes, fences included; ("", 0) without any."""
    lines = text.split("\n")
    if not lines or lines[0].rstrip() != FENCE:
        return "", 0
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() == FENCE:
            return "\n".join(lines[1 : number - 1]), number
    raise ScenarioError(file, 1, 1, f"the front matter has no end; expected a second {FENCE} line")


def read(file: str, text: str) -> FrontMatter:
    """Check the TOML of a front matter; the error names line and column of the file."""
    return _validated(file, text, load(file, text))


def load(file: str, text: str) -> dict[str, Any]:
    """The table that the TOML of a front matter is."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(file, text, error) from None


def _toml_error(file: str, text: str, error: tomllib.TOMLDecodeError) -> ScenarioError:
    """A TOML error at its place in the file (the front matter begins on line 2)."""
    message = str(error)
    match = _TOML_PLACE.search(message)
    said = _TOML_PLACE.sub("", message).replace("(at end of document)", "").strip()
    if match is None:
        return ScenarioError(file, text.count("\n") + 2, 1, f"front matter: {said}")
    return ScenarioError(file, int(match[1]) + 1, int(match[2]), f"front matter: {said}")


def _validated(file: str, text: str, table: dict[str, Any]) -> FrontMatter:
    """The model's answer as a frozen dataclass."""
    from pydantic import ValidationError

    from thpsh.scenario.front_matter_model import FrontMatterModel

    try:
        model = FrontMatterModel.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "node"  # what belongs to no key is about the nodes
        place = place_of(text, key.partition(".")[0])
        raise ScenarioError(file, *place, f"front matter: {key}: {_said(first)}") from None
    machine: dict[str, Any] = {key: getattr(model, key) for key in MACHINE_KEYS if key in model.model_fields_set}
    if model.node:
        machine |= _unequal(model.node)
    if model.cpu:
        machine |= {"pse": model.cpu.pse, "paging": Paging(model.cpu.levels, model.cpu.tlb)}
    if model.build:
        machine["build"] = BuildConfig(**model.build.model_dump())
    return FrontMatter(model.title, model.summary, model.commits, model.level, model.tags, machine)


def _unequal(nodes: tuple[NodeModel, ...]) -> dict[str, Any]:
    """The keys of a machine whose nodes differ."""
    from thpsh.boot.spec import NodeSpec

    specs = tuple(NodeSpec(node.memory, node.cpus, node.distance) for node in nodes)
    memory, cpus = sum(node.memory for node in nodes), sum(node.cpus for node in nodes)
    return {"memory": memory, "nodes": len(nodes), "cpus": cpus, "node_list": specs}


def _said(error: Mapping[str, Any]) -> str:
    """The message of pydantic, with unknown keys in our words."""
    if error["type"] == "extra_forbidden":
        from thpsh.scenario.front_matter_model import FrontMatterModel

        return f"unknown key; expected one of {', '.join(FrontMatterModel.model_fields)}"
    message = str(error["msg"])
    return message.removeprefix("Value error, ")


def place_of(text: str, key: str) -> tuple[int, int]:
    """Line and column of a key in the file."""
    for number, line in enumerate(text.split("\n"), 2):
        match = re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]|\s*\[+{re.escape(key)}\b", line)
        if match:
            return number, len(line) - len(line.lstrip()) + 1
    return 2, 1
