"""Where a recording can be made: tests skip elsewhere, and say why."""

import sys
from pathlib import Path

import pytest

ENABLED = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def why_not():
    """The reason why this machine cannot record; empty if it can."""
    if not sys.platform.startswith("linux"):
        return "not Linux"
    if not ENABLED.exists():
        return "no transparent huge pages in this kernel"
    if "[never]" in ENABLED.read_text():
        return "THP is off on this machine"
    try:
        with open("/proc/self/pagemap", "rb") as file:
            file.read(8)
    except OSError as error:
        return f"/proc/self/pagemap: {error.strerror}"
    return ""


def skip_without_huge_page(operation):
    """A fragmented host has no huge page to give: nothing can be said then."""
    if "thp_fault_fallback" in operation.get("vmstat", {}):
        pytest.skip("this host has no free huge page")


needs_host = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")
