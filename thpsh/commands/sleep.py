"""sleep: another name for tick."""

from __future__ import annotations

from dataclasses import replace

from thpsh.commands import tick

COMMAND = replace(tick.COMMAND, name="sleep", example="sleep 500ms")
