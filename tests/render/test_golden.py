"""Every view as it stands on a terminal of 80 and of 120 columns (tests/golden/views), reviewed line by line."""

from pathlib import Path

import pytest

from tests.commands.typed import Typed
from tests.render.test_terminal import Screen
from thpsh.cli.host_files import HostFiles

GOLDEN = Path(__file__).parents[1] / "golden" / "views"
HOST = (
    "mkdir /cgroup/box /cgroup/box/inner; cgroup set box limit_in_bytes 64M",
    "spawn app; cgroup attach box app; mmap app buf 16M; touch app buf 9M; munmap app buf+1M 64K",
    "mmap app big 300M; touch app big 20M; fork app kid; touch kid buf+4M 1; madvise app buf+6M 2M nohugepage",
    "touch app buf+6M 8K; tick 12s; hog --file 20M",
)
VIEWS = {
    "slots": "slots",
    "slots-region": "slots app buf",
    "pagetable": "pagetable app buf+2M",
    "tree": "pagetable app",
    "phys": "phys",
    "map": "phys --map",
    "types": "phys --types",
    "owners": "phys --owners",
    "buddy": "buddy",
    "buddy-bars": "buddy --bars",
    "zones": "zones",
    "lru": "lru",
    "lru-bars": "lru --bars",
    "memcg": "memcg",
    "memcg-tree": "memcg --tree",
    "tlb": "tlb app",
    "timeline": "timeline",
    "timeline-steps": "timeline --steps",
    "timeline-proc": "timeline --proc app",
    "timeline-proc-steps": "timeline --proc app --steps",
    "khugepaged": "khugepaged app",
    "latency": "latency",
    "maps": "maps app",
    "numastat": "numastat",
    "trace": "trace show thp_*,syscall --proc kid",
    "explain": "explain app buf",
    "explain-counter": "explain thp_split",
    "changes": "changes",
    "changes-try": "changes try 21",
}


@pytest.fixture(scope="module")
def host():
    found = Typed(memory=1 << 30, cpus=2)
    found.session.host_files = HostFiles()
    for line in HOST:
        found(line)
    return found


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_stands_as_it_was_reviewed(host, monkeypatch, name, width):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    assert host.session.execute(VIEWS[name], screen, screen) == 0
    text = "".join(f"{line}\n" for line in screen.lines)
    assert max(map(len, screen.lines)) <= width or name == "trace"
    assert text == (GOLDEN / f"{name}-{width}.txt").read_text(encoding="utf-8")
