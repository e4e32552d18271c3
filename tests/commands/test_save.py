"""The command save."""

import io

import pytest

from tests.commands.typed import Typed
from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.commands.facts import facts
from thpsh.commands.machine_options import spec_from_keys
from thpsh.commands.session import Session
from thpsh.scenario.suite import Suite


def typed(**spec):
    host = Typed(**spec)
    host.session.host_files = HostFiles()
    return host


def replayed(path):
    """The session after a replay of a file that must hold, and what it wrote."""
    kept = []

    def make(keys):
        spec = spec_from_keys(keys)
        kept.append(Session(boot(spec), HostFiles(), spec))
        return kept[-1]

    out = io.StringIO()
    (result,) = Suite(HostFiles(), make).run([str(path)], out)
    assert result.failed == 0, out.getvalue()
    return kept[-1], out.getvalue()


LINES = (
    "spawn app",
    "mmap app buf 8M",
    "touch app buf 3M",
    "munmap app buf 1M",
    "undo",
    "madvise app buf+1 4K hugepage",
    "tuoch app buf",
    "touch app nowhere",
    "grep nothing /proc/meminfo",
    "cat /sys/kernel/mm/nothing; echo after",
    "for i in 1 2\ndo echo $i\ndone",
    "# a remark",
    "mprotect app buf 4K r",
    "tick 12s",
    "touch app buf+6M 4K",
    "undo",
    "redo",
)


def test_a_replay_comes_to_the_same_state(tmp_path):
    host = typed(memory=2 << 30, cpus=1, seed=5)
    for line in LINES:
        host.run(line)
    host(f"save {tmp_path / 'x.thp'} --expect")
    session, text = replayed(tmp_path / "x.thp")
    assert facts(session) == facts(host.session)
    assert "thpsh> fails EINVAL madvise app buf+1 4K hugepage\n" in text
    assert "thpsh> munmap" not in text  # it was undone


def test_saving_what_was_replayed_gives_the_same_file_and_history(tmp_path):
    host = typed(memory=2 << 30, cpus=1)
    for line in ("spawn app", "mmap app buf 8M", "touch app buf 3M", "tick 2s"):
        host.run(line)
    host(f"save {tmp_path / 'x.thp'}")
    session, _ = replayed(tmp_path / "x.thp")
    out = io.StringIO()
    assert session.history == host.session.history[:-1]
    session.execute(f"save {tmp_path / 'y.thp'}", out, out)
    assert (tmp_path / "y.thp").read_bytes() == (tmp_path / "x.thp").read_bytes()


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"kernel": "2.6.38", "revert": ("14",)}, 'kernel = "2.6.38"\nmemory = "1G"\ncpus = 1\nrevert = ["14"]\n'),
        ({"nodes": 2, "cpus": 2, "cmdline": 'a "b"'}, 'memory = "1G"\nnodes = 2\ncmdline = "a \\"b\\""\n'),
        ({"pse": False, "drained": True}, "drained = true\n[cpu]\npse = false\n"),
    ],
)
def test_the_front_matter_boots_the_same_machine(tmp_path, spec, expected):
    host = typed(**spec)
    host(f"save {tmp_path / 'x.thp'}")
    assert expected in (tmp_path / "x.thp").read_text()
    assert facts(replayed(tmp_path / "x.thp")[0]) == facts(host.session)


def test_a_file_that_cannot_be_written_is_named():
    assert "/nowhere/x.thp: No such file" in typed().fails("save /nowhere/x.thp", 2)
