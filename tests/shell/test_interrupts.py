"""Ctrl-C: at once where nothing can break, after the command where something could, twice for now."""

import pytest

from thpsh.shell.interrupts import Interrupts


def command(interrupts, done, times):
    """A command during which Ctrl-C is typed some times."""
    with interrupts.shield():
        for _ in range(times):
            interrupts.interrupt()
        done.append("the command ended")


def test_outside_a_command_it_takes_effect_at_once():
    interrupts = Interrupts()
    with pytest.raises(KeyboardInterrupt):
        interrupts.interrupt()
    assert not interrupts.forced


def test_the_first_waits_for_the_command():
    interrupts = Interrupts()
    done = []
    with pytest.raises(KeyboardInterrupt):
        command(interrupts, done, 1)
    assert done == ["the command ended"]
    assert not interrupts.forced


def test_the_second_does_not_wait():
    interrupts = Interrupts()
    done = []
    with pytest.raises(KeyboardInterrupt):
        command(interrupts, done, 2)
    assert done == []
    assert interrupts.forced


def test_an_interrupt_that_was_heeded_is_forgotten():
    interrupts = Interrupts()
    done = []
    with pytest.raises(KeyboardInterrupt):
        command(interrupts, done, 1)
    command(interrupts, done, 0)
    assert done == ["the command ended"] * 2
