"""The THP settings of the recorded machine, taken over by the emulated one as far as its kernel knows them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from thpsh.errors import KernelError
from thpsh.oracle.recorder import THP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Files

_TAKEN: Final = ("enabled", "defrag", "khugepaged/pages_to_scan", "khugepaged/max_ptes_none")


def take_over(files: Files, knobs: Mapping[str, str]) -> None:
    """Write what differs; a word or file that the emulated kernel does not have stays as it is there."""
    for name in _TAKEN:
        wanted = _chosen(knobs.get(name, ""))
        with contextlib.suppress(KernelError):
            if wanted and wanted != _chosen(files.read(THP + name)):
                files.write(THP + name, wanted, create=False)


def _chosen(text: str) -> str:
    """The word in brackets of `always [madvise] never`, or the number."""
    _, bracket, chosen = text.partition("[")
    return chosen.partition("]")[0] if bracket else text.strip()
