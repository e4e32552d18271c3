"""Doing something on trial."""

import pytest

from tests.commands.typed import with_app
from thpsh.machine.attempt import attempt, typed_lines
from thpsh.mm.debug_vm import debug_vm


def test_what_is_tried_is_taken_back_and_its_answer_stays():
    host = with_app()
    session = host.session
    session.steps.begin("try", (session.machine, session.spec))
    before = (session.machine.kernel.clock.now, len(session.machine.trace.records))

    def act():
        session.interpreter.run("touch app buf; tick 3s", *(type("Sink", (), {"write": lambda *_: None})(),) * 2)
        return session.machine.kernel.tasks[100].mm.anon_rss

    assert attempt(session.steps, (session.machine, session.spec), act) > 4096
    assert session.machine.kernel.tasks[100].mm.pmds.get(0x200000000000 >> 21) is None
    assert (session.machine.kernel.clock.now, len(session.machine.trace.records)) == before
    debug_vm(session.machine.kernel)


def test_an_error_passes_and_the_host_is_whole():
    host = with_app()
    session = host.session

    def act():
        session.machine.kernel.own(session.machine.kernel.thp)
        session.machine.kernel.thp.enabled_always = False
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        attempt(session.steps, (session.machine, session.spec), act)
    assert session.machine.kernel.thp.enabled_always


def test_lines_come_with_the_number_of_the_next_record():
    host = with_app()
    host("touch app buf 4K")
    (first, start), (second, touch) = typed_lines(host.session.steps)
    assert (start, touch) == ("spawn app; mmap app buf 16M", "touch app buf 4K")
    assert first < second
