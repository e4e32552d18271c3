"""Machine options: the words that say what to boot, in `boot` and in every form of the command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from thpsh.boot.spec import MachineSpec, check
from thpsh.errors import UsageError
from thpsh.record import replace
from thpsh.structs.sizes import parse_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from thpsh.structs.config import BuildConfig

    class MachineFiles(Protocol):
        """Who opens machine files and captures on the host one sits at."""

        def read(self, path: str) -> str:
            """The text of a file."""

        def tree(self, folder: str, wanted: Callable[[str], bool]) -> dict[str, str]:
            """The texts of the wanted files below a folder, by path."""


_CAPTURE: Final = "capture:"
VALUED: Final = (
    "--kernel", "--memory", "--nodes", "--cpus", "--swap", "--cmdline", "--revert", "--apply", "--build", "--machine",
    "--seed",
)  # fmt: skip
_WORDS: Final = ("kernel", "cmdline")
_SIZES: Final = ("memory", "swap")
_NUMBERS: Final = ("nodes", "cpus", "seed")
_LISTS: Final = ("revert", "apply")
_SWITCHES: Final = ("intended", "drained")


def add_machine_options(parser: argparse.ArgumentParser) -> None:
    """Add the machine options; an option that is not given leaves no trace in the namespace."""
    group = parser.add_argument_group("machine options")

    def add(name: str, metavar: str | None, summary: str) -> None:
        if metavar is None:
            group.add_argument(name, action="store_true", default=argparse.SUPPRESS, help=summary)
        else:
            group.add_argument(name, metavar=metavar, default=argparse.SUPPRESS, help=summary)

    add("--kernel", "RELEASE", "the kernel to boot (default 3.0)")
    add("--memory", "SIZE", "all memory (default 8G)")
    add("--nodes", "N", "NUMA nodes of equal size (default 1)")
    add("--cpus", "N", "CPUs (default 2)")
    add("--swap", "SIZE", "swap space (default none)")
    add("--cmdline", "WORDS", "the kernel's command line, as in transparent_hugepage=madvise")
    add("--revert", "ID[,ID]", "leave changes of the kernel out")
    add("--apply", "ID[,ID]", "put later changes in")
    add("--intended", None, "a kernel that keeps the promises the real one broke")
    add("--drained", None, "keep the per-CPU LRU caches empty")
    add("--build", "WORDS", "how the kernel was built: numa|nonuma,thp=always|madvise|off,debug_vm")
    add("--no-pse", None, "a CPU without 2 MiB pages")
    add("--highpte", None, "page tables in high memory")
    add("--machine", "FILE.toml", "a machine file, or capture:DIR, a folder of a host's /proc and /sys files")
    add("--seed", "N", "start of the random numbers (default 1)")


def spec_from(
    options: argparse.Namespace, base: MachineSpec | None = None, files: MachineFiles | None = None
) -> MachineSpec:
    """The machine that options ask for, starting from a base; `files` opens machine files and captures."""
    given = vars(options)
    spec = base or MachineSpec()
    if "machine" in given:
        spec = _from_file(given["machine"], files)
    changes: dict[str, Any] = {}
    changes.update({name: given[name] for name in (*_WORDS, *_SWITCHES) if name in given})
    changes.update({name: parse_size(given[name]) for name in _SIZES if name in given})
    changes.update({name: _number(name, given[name]) for name in _NUMBERS if name in given})
    changes.update({name: _list(given[name]) for name in _LISTS if name in given})
    if given.get("no_pse"):
        changes["pse"] = False
    build = spec.build
    if "build" in given:
        build = _build(given["build"], build)
    if given.get("highpte"):
        build = replace(build, highpte=True)
    return check(replace(spec, build=build, **changes))


def spec_from_keys(keys: Mapping[str, Any]) -> MachineSpec:
    """The machine that the front matter of a scenario asks for."""
    return check(replace(MachineSpec(), **keys))


def _from_file(path: str, files: MachineFiles | None) -> MachineSpec:
    """The machine of a machine file, or of a directory of captured files."""
    if files is None:
        raise UsageError(f"--machine {path}: expected no machine file here")
    if path.startswith(_CAPTURE):
        from thpsh.boot.capture import WANTED, parse_capture

        folder = path.removeprefix(_CAPTURE)
        return parse_capture(folder, files.tree(folder, lambda name: WANTED.search(name) is not None))
    from thpsh.boot.machine_file import parse_machine_file

    return parse_machine_file(path, files.read(path))


def _number(name: str, word: str) -> int:
    """A whole number given to an option."""
    if not word.isascii() or not word.isdigit() or len(word) > 18:
        raise UsageError(f"--{name} {word}: expected a whole number")
    return int(word)


def _list(word: str) -> tuple[str, ...]:
    """IDs separated by commas."""
    return tuple(part for part in word.split(",") if part)


def _build(word: str, build: BuildConfig) -> BuildConfig:
    """Read `nonuma,thp=madvise,debug_vm`."""
    changes: dict[str, Any] = {}
    for part in _list(word):
        if part in ("numa", "nonuma"):
            changes["numa"] = part == "numa"
        elif part in ("thp=always", "thp=madvise", "thp=off"):
            changes["thp"] = part.removeprefix("thp=")
        elif part == "debug_vm":
            changes["debug_vm"] = True
        else:
            raise UsageError(f"--build {part}: expected numa, nonuma, thp=always, thp=madvise, thp=off or debug_vm")
    return replace(build, **changes)
