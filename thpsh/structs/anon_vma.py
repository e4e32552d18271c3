"""AnonVma: the VMAs that may map an anonymous page (struct anon_vma, linux/rmap.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.vma import Vma


@record(eq=False)
class AnonVma(Versioned):
    """Root of the reverse mapping of anonymous pages.

    `vmas` is the same_anon_vma list: new links go to its tail, so a walk meets the parent first and the children in
    fork order (the rule that the "anon_vma ordering dependency" commit of the seed documents).
    """

    number: int
    root: AnonVma | None = None  # None: it is its own root
    vmas: dict[Vma, None] = field(default_factory=dict)

    @property
    def top(self) -> AnonVma:
        """The root anon_vma, whose lock serialises all of the family."""
        return self.root or self
