"""tee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import KernelError

if TYPE_CHECKING:
    from thpsh.line.filters import Call


def run(call: Call) -> int:
    """Write standard input to emulated files, one write each, and pass it on."""
    options = call.options()
    text = call.inputs([])[0][1]
    status = 0
    for path in options.rest:
        try:
            call.environment.write(path, text, append="a" in options)
        except KernelError as error:
            call.err.write(f"tee: {path}: {error}\n" + (f"    {error.why}\n" if error.why else ""))
            status = 1
    call.out.write(text)
    return status
