"""What an operation handler hands back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thpsh.oracle.recorder import Recorder
    from thpsh.oracle.words import Words

    Handler = Callable[[Recorder, Words], "Reply"]


@record(frozen=True)
class Reply:
    """Return value and what else the operation tells; an error of the kernel is raised instead."""

    results: Mapping[str, object] = field(default_factory=dict)
    ret: str = "0"
