"""Who maps which frames: physical memory seen from the processes."""

from __future__ import annotations

from string import ascii_letters, digits
from typing import TYPE_CHECKING, Final

from thpsh.mm.buddy import free_mask
from thpsh.mm.frames import frames_of
from thpsh.mm.page_kind import wholly_free
from thpsh.record import field, record
from thpsh.structs.bits import FULL
from thpsh.structs.page_table import HugePmd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

SHARED: Final = "*"
UNMAPPED: Final = ":"
FREE: Final = "."
MIXED: Final = "+"
MANY: Final = "?"  # a process for which no letter was left


@record
class Holder:
    """A process that maps memory."""

    name: str
    letter: str
    pages: int = 0  # frames it maps, those shared with others included


@record
class Holders:
    """The processes that map memory, by pid, and the frames they map, by pageblock."""

    processes: dict[int, Holder] = field(default_factory=dict)
    blocks: dict[int, dict[int, int]] = field(default_factory=dict)  # pageblock -> pid -> mask of frames

    def letter(self, zone: Zone, block: Pageblock) -> str:
        """Who has more than half of the frames in use of a pageblock."""
        if wholly_free(zone, block):
            return FREE
        used = FULL if block.huge else FULL & ~(free_mask(block) | block.pcp)
        once = twice = 0
        masks = self.blocks.get(block.index, {})
        for mask in masks.values():
            twice |= once & mask
            once |= mask
        counts = {self.processes[pid].letter: (mask & ~twice).bit_count() for pid, mask in masks.items()}
        counts[SHARED] = twice.bit_count()
        counts[UNMAPPED] = (used & ~once).bit_count()
        letter = max(counts, key=lambda each: counts[each])
        if not counts[letter]:
            return FREE
        return letter if 2 * counts[letter] > used.bit_count() else MIXED


def holders(kernel: Kernel) -> Holders:
    """Walk the page tables of all processes."""
    found = Holders()
    taken: set[str] = set()
    for pid, task in kernel.tasks.items():
        if task.mm is None:
            continue
        pages = 0
        for block, mask in _frames(kernel, task.mm):
            masks = found.blocks.setdefault(block.index, {})
            pages += (mask & ~masks.get(pid, 0)).bit_count()
            masks[pid] = masks.get(pid, 0) | mask
        if pages:
            found.processes[pid] = Holder(task.name, _letter_for(task.name, taken), pages)
    return found


def _frames(kernel: Kernel, mm: Mm) -> Iterator[tuple[Pageblock, int]]:
    """The frames of an address space, as masks by pageblock."""
    for entry in mm.pmds.values():
        if isinstance(entry, HugePmd):
            yield entry.block, FULL
        else:
            yield from frames_of(kernel, entry, entry.present & ~entry.special)
    for huge in mm.hugetlb.values():
        yield huge.page.block, FULL


def _letter_for(name: str, taken: set[str]) -> str:
    """The first letter of a name that is left, small or capital; else any."""
    for letter in name.lower() + name.upper() + ascii_letters + digits:
        if letter not in taken and letter.isascii() and letter.isalnum():
            taken.add(letter)
            return letter
    return MANY
