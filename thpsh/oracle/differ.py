"""Finds every difference between what a real kernel did and what the emulator did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.oracle.recording import SCANS
from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from thpsh.oracle.outcome import Outcome, Place, RegionView, VmaView
    from thpsh.oracle.recording import Operation

ABSENT: Final = "nothing"
HEAP: Final = "heap"


@record(frozen=True)
class Difference:
    """One thing that was otherwise on the real kernel."""

    index: int
    operation: str
    what: str
    expected: object
    found: object


@record
class Differ:
    """Compares operation by operation; a difference in a region's state is told when it appears or changes."""

    _standing: dict[str, tuple[object, object]] = field(default_factory=dict)

    def compare(self, operation: Operation, found: Outcome) -> list[Difference]:
        """All differences of one operation, without what the recording itself calls noisy."""
        expected = operation.expected
        pairs = [*_results(expected, found), *_counters(expected, found), *_numastat(expected, found)]
        if expected.regions is not None and found.regions is not None:
            pairs += self._fresh(list(_regions(expected.regions, found.regions)))
        return [
            Difference(operation.index, operation.line, what, wanted, got)
            for what, wanted, got in pairs
            if not operation.noisy & _marks(what)
        ]

    def _fresh(self, pairs: list[Pair]) -> list[Pair]:
        """Only what was not so already the last time somebody looked."""
        before, self._standing = self._standing, {what: (wanted, got) for what, wanted, got in pairs}
        return [(what, wanted, got) for what, wanted, got in pairs if before.get(what) != (wanted, got)]


Pair = tuple[str, object, object]


def _marks(what: str) -> set[str]:
    """The names under which a recording may call it noisy: those of VMAs lack the VMA."""
    return {what, f"{what.partition(' ')[0]} {what.rpartition(' ')[2]}"}


def _results(expected: Outcome, found: Outcome) -> Iterator[Pair]:
    if expected.ret != found.ret:
        yield "ret", expected.ret, found.ret
    for name in dict.fromkeys((*expected.results, *found.results)):
        wanted, got = expected.results.get(name, ABSENT), found.results.get(name, ABSENT)
        if wanted != got:
            yield name, wanted, got
    for name in ("minflt", "majflt"):
        wanted, got = getattr(expected, name), getattr(found, name)
        if wanted is not None and wanted != got:
            yield name, wanted, got


def _counters(expected: Outcome, found: Outcome) -> Iterator[Pair]:
    for name in sorted({*expected.counters, *found.counters}):
        wanted, got = expected.counters.get(name, 0), found.counters.get(name, 0)
        if wanted != got and not (wanted == SCANS and got):
            yield name, wanted, got


def _numastat(expected: Outcome, found: Outcome) -> Iterator[Pair]:
    if expected.numastat is None or found.numastat is None:
        return
    for name in sorted({*expected.numastat, *found.numastat}):
        wanted, got = expected.numastat.get(name, 0), found.numastat.get(name, 0)
        if wanted != got:
            yield name, wanted, got


def _regions(expected: Mapping[Place, RegionView], found: Mapping[Place, RegionView]) -> Iterator[Pair]:
    for place in dict.fromkeys((*expected, *found)):
        name = "/".join(place)
        wanted, got = expected.get(place), found.get(place)
        if wanted is None or got is None:
            yield name, "there" if wanted else ABSENT, "there" if got else ABSENT
        else:
            yield from _region(name, wanted, got, heap=place[1] == HEAP)


def _region(name: str, expected: RegionView, found: RegionView, *, heap: bool) -> Iterator[Pair]:
    views: tuple[Pair, ...] = (
        ("slots", expected.slots, found.slots),
        ("n", expected.present, found.present),
        ("zero", expected.zero, found.zero),
        ("swap", expected.swapped, found.swapped),
        ("special", expected.special, found.special),
        ("mod2M", expected.mod2m, found.mod2m),
    )
    if expected.nodes:
        views += (("nodes", expected.nodes, found.nodes),)
    if expected.node_pages:
        views += (("pages by node", expected.node_pages, found.node_pages),)
    for what, wanted, got in views:
        if wanted != got:
            yield f"{name} {what}", _plain(wanted), _plain(got)
    shapes = _shapes(expected.vmas, heap=heap), _shapes(found.vmas, heap=heap)
    if shapes[0] != shapes[1]:
        yield f"{name} vmas", *shapes
        return
    for shape, wanted_vma, got_vma in zip(shapes[0], expected.vmas, found.vmas, strict=True):
        for field_name in dict.fromkeys((*wanted_vma.fields, *got_vma.fields)):
            kb = wanted_vma.fields.get(field_name, 0), got_vma.fields.get(field_name, 0)
            if kb[0] != kb[1]:
                yield f"{name} [{shape}] {field_name}", *kb


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _shapes(vmas: tuple[VmaView, ...], *, heap: bool) -> list[str]:
    """Places, sizes and permissions; where the heap begins means nothing, as it depends on the recorder's program."""
    shapes = [vma.shape for vma in vmas]
    if heap and vmas:
        shapes[0] = f"…+{vmas[0].kb}K {vmas[0].perms}"
    return shapes
