"""Time that passes in commands."""

import pytest

from tests.commands.typed import with_app
from thpsh.commands.passing import SHOWN_EVERY
from thpsh.line.environment import Capture


class Terminal(Capture):
    """A sink that is a terminal."""

    def isatty(self):
        return True


def test_tick_vmstat_and_watch_let_daemons_run():
    for line in ("tick 30s", "sleep 30s", "vmstat 30s 2", "watch -n 30s -c 2 'uptime'"):
        t = with_app()
        t("echo 8192 > /sys/kernel/mm/transparent_hugepage/khugepaged/pages_to_scan; touch app buf 4K")
        t(line)
        assert int(t("cat /sys/kernel/mm/transparent_hugepage/khugepaged/full_scans")) == 3, (
            line
        )  # at 0, 10 and 20 s, and a little


def test_a_month_on_a_quiet_host_is_instant_and_silent():
    t = with_app()
    t("touch app buf 4K")
    out = Terminal()
    t.session.execute("tick 30d", out, Capture())
    assert out.text == ""


def test_many_turns_are_shown_on_a_terminal_and_wiped_out(monkeypatch):
    t = with_app()
    t("touch app buf 4K")
    monkeypatch.setattr("thpsh.mm.kthreads._repeat", lambda *_: None)
    out = Terminal()
    t.session.execute("tick 6000s", out, Capture())
    assert f"{SHOWN_EVERY} turns of daemons" in out.text
    assert out.text.endswith("\r\x1b[K")
    plain = Capture()
    t.session.execute("tick 6000s", plain, Capture())
    assert plain.text == ""


def test_ctrl_c_stops_between_two_turns_and_leaves_the_host_whole(monkeypatch):
    t = with_app()
    t("touch app buf 4K")
    calls = []

    def checkpoint():
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(t.session, "checkpoint", checkpoint)
    monkeypatch.setattr("thpsh.mm.kthreads._repeat", lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        t.session.execute("tick 1h", Capture(), Capture())
    assert 20 <= t.session.machine.kernel.clock.now / 10**9 < 30
    t("debug_vm")
