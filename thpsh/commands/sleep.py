"""sleep: another name for tick."""

from __future__ import annotations

from thpsh.commands import tick
from thpsh.record import replace

COMMAND = replace(tick.COMMAND, name="sleep", example="sleep 500ms")
