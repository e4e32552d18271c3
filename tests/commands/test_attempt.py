"""Lines on trial."""

from tests.commands.typed import with_app
from thpsh.commands.attempt import try_lines
from thpsh.commands.facts import facts


def test_the_host_is_as_before():
    host = with_app()
    before = facts(host.session)
    found = try_lines(host.session, ("touch app buf 2M", "tick 5s"), lambda: True)
    assert (found.huge, found.clean, found.pages) == (True, True, 512)
    assert found.nanoseconds > 5 * 10**9
    assert facts(host.session) == before
    assert host("undo").strip() != "touch app buf 2M"


def test_a_line_that_fails_is_noted_and_does_not_stop_the_others():
    host = with_app()
    found = try_lines(host.session, ("touch nobody x", "touch app buf 4K"), lambda: True)
    assert not found.clean
    assert found.pages >= 512
    assert host.session.failure is None
