"""The shipped scenarios on kernels they were not written for: what they expect may fail, the host never does."""

import io
import re

import pytest

from tests.test_scenarios import TOPICS, checked_session
from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.commands.machine_options import spec_from_keys
from thpsh.commands.session import Session
from thpsh.mm.debug_vm import debug_vm
from thpsh.scenario.suite import Suite
from thpsh.structs.page import GIB

CHANGES = [number for number in range(38, 1, -1) if number != 37]
EACH = 2  # scenarios for each change; all of them together see every scenario several times


def transcript(name, kernel):
    """What a scenario says on a kernel; contradictions of the model are raised, or said."""
    out = io.StringIO()
    Suite(HostFiles(), lambda keys: checked_session({**keys, **kernel}), one_side=True).run([name], out)
    return out.getvalue()


@pytest.mark.parametrize("number", CHANGES)
def test_a_host_without_a_change_stays_whole(number):
    for place in range(EACH):
        name = TOPICS[(number * EACH + place) % len(TOPICS)]
        assert "internal" not in transcript(name, {"revert": (str(number),)}), name


@pytest.mark.parametrize("name", TOPICS)
def test_a_host_without_thp_stays_whole(name):
    text = transcript(name, {"revert": ("38",)})
    assert "internal" not in text
    assert re.search(r"found: +[.PFz]*H", text) is None


def files(**spec):
    """The text of files that show memory, on a host where a process has touched 8 MiB."""
    machine = spec_from_keys({"memory": 2 * GIB, **spec})
    session = Session(boot(machine), HostFiles(), machine)
    out, err = io.StringIO(), io.StringIO()
    line = "spawn app; mmap app buf 8M; touch app buf; madvise app buf 8M hugepage; tick 30s; slots app buf"
    session.execute(line, out, err)
    for path in ("/proc/meminfo", "/proc/vmstat", "/proc/app/smaps", "/proc/sys/vm/min_free_kbytes"):
        session.execute(f"echo {path}; cat {path}; ls /sys/kernel/mm", out, err)
    debug_vm(session.machine.kernel)
    return out.getvalue(), err.getvalue()


def test_without_the_core_a_host_looks_as_before_it():
    out, err = files(revert=("38",))
    assert "FFFF" in out
    for word in ("AnonHugePages", "thp_", "transparent_hugepage"):
        assert word not in out, word
    assert out.count("hugepages\nksm\n") == 4
    assert "this kernel knows no advice 14" in err
    assert (out, err) == files(kernel="2.6.37")
