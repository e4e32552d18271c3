"""The only randomness of the model: SplitMix64, seeded by the machine (decisions.md §16)."""

from __future__ import annotations

from typing import Final

from thpsh.record import record
from thpsh.structs.versioned import Versioned

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


@record(eq=False)
class Rng(Versioned):
    """A stream of numbers that is a function of its seed alone."""

    state: int = 1

    def next(self) -> int:
        """The next 64-bit number."""
        self.state = z = (self.state + _GOLDEN) & _MASK
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & _MASK
        return z ^ z >> 31

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        return self.next() * limit >> 64

    def sample(self, population: int, count: int) -> list[int]:
        """`count` different numbers below `population`, in random order."""
        moved: dict[int, int] = {}
        drawn = []
        state = self.state
        for last in range(population - 1, population - 1 - min(count, population), -1):
            state = (state + _GOLDEN) & _MASK  # `next` and `below`, written out: a touch may draw a million
            z = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & _MASK
            z = ((z ^ z >> 27) * 0x94D049BB133111EB) & _MASK
            place = (z ^ z >> 31) * (last + 1) >> 64
            drawn.append(moved.get(place, place))
            moved[place] = moved.pop(last, last)
        self.state = state
        return drawn
