"""One benchmark and what was measured."""

from __future__ import annotations

from math import isnan
from statistics import median
from typing import TYPE_CHECKING, Any

from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Callable


@record(frozen=True)
class Sample:
    """One round: what it took, and the minor faults it made (None: not counted)."""

    value: float  # seconds; MiB for memory
    faults: int | None = None


@record(frozen=True)
class Benchmark:
    """Something to measure, perhaps with a twin on the real kernel."""

    name: str
    summary: str
    emulated: Callable[[], Sample]
    real: Callable[[], Sample] | None
    target: float  # of the ratio to the twin; without a twin, of the value itself
    unit: str = "s"


@record
class Measured:
    """The rounds of one benchmark."""

    benchmark: Benchmark
    emulated: list[Sample] = field(default_factory=list)
    real: list[Sample] = field(default_factory=list)

    @property
    def emulated_value(self) -> float:
        """The median on the emulator."""
        return median(sample.value for sample in self.emulated)

    @property
    def real_value(self) -> float | None:
        """The median on the real kernel."""
        values = [sample.value for sample in self.real if not isnan(sample.value)]
        return median(values) if values else None

    @property
    def ratio(self) -> float | None:
        """Emulated to real."""
        real = self.real_value
        return self.emulated_value / real if real else None

    @property
    def met(self) -> bool:
        """Is the target met?"""
        if self.benchmark.real is None:
            return self.emulated_value <= self.benchmark.target
        return self.ratio is not None and self.ratio <= self.benchmark.target

    @property
    def faults(self) -> tuple[int | None, int | None]:
        """The minor faults of the middle round on both sides."""
        sides = (self.emulated, self.real)
        emulated, real = (sorted(s.faults for s in side if s.faults is not None) for side in sides)
        return (emulated[len(emulated) // 2] if emulated else None, real[len(real) // 2] if real else None)

    @property
    def same_faults(self) -> bool:
        """Did both sides make the same number of minor faults?"""
        emulated, real = self.faults
        return emulated is None or real is None or emulated == real

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        emulated, real = self.faults
        return {
            "name": self.benchmark.name,
            "unit": self.benchmark.unit,
            "emulated_s": self.emulated_value,
            "real_s": self.real_value,
            "ratio": self.ratio,
            "target": self.benchmark.target,
            "rounds": len(self.emulated),
            "met": self.met,
            "emulated_faults": emulated,
            "real_faults": real,
        }
