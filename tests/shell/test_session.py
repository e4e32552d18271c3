"""Commands of the interactive shell are shielded from Ctrl-C."""

import pytest

from tests.commands.typed import NoFiles
from thpsh.boot import MachineSpec, boot
from thpsh.line.environment import Capture
from thpsh.shell.interrupts import Interrupts
from thpsh.shell.session import ShellSession


def session(interrupts):
    spec = MachineSpec(memory=1 << 30, cpus=1)
    found = ShellSession(boot(spec), NoFiles(), spec)
    found.interrupts = interrupts
    return found


def names(found):
    return [task.name for task in found.machine.kernel.tasks.values()]


def test_a_command_ends_before_ctrl_c_takes_effect():
    interrupts = Interrupts()
    found = session(interrupts)
    found.after = lambda _: interrupts.interrupt()
    with pytest.raises(KeyboardInterrupt):
        found.execute("spawn app; spawn never", Capture(), Capture())
    assert "app" in names(found)
    assert "never" not in names(found)
    assert not interrupts.changing


def test_a_command_inside_a_command_has_the_shield_of_the_outer_one():
    interrupts = Interrupts()
    found = session(interrupts)
    seen = []
    found.after = lambda _: seen.append(interrupts.changing)
    assert found.execute("watch -n 1s -c 1 'spawn app'", Capture(), Capture()) == 0
    assert seen[:2] == [True, True]


def test_without_interrupts_it_is_a_plain_session():
    out = Capture()
    assert session(None).execute("echo a", out, Capture()) == 0
    assert out.text == "a\n"
