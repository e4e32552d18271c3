"""The command watch."""

from tests.commands.typed import Typed
from thpsh.line.environment import Capture


def test_watch_runs_a_line_while_time_passes():
    out = Typed()("watch -n 10s -c 2 'cat /proc/uptime'")
    assert out.count("Every 10s") == 2
    assert "\n10.00 10.00\n" in out


def test_watch_says_its_pause_with_a_unit():
    out = Typed()("watch -n 1 -c 2 'echo a'")
    assert [line.partition("  (")[0] for line in out.splitlines()] == ["Every 1s: echo a", "a"] * 2


def test_a_terminal_is_drawn_anew_each_time():
    class Screen(Capture):
        def isatty(self):
            return True

    screen = Screen()
    Typed().session.execute("watch -n 1 -c 2 'echo a'", screen, screen)
    assert screen.text.count("\x1b[H\x1b[J") == 2
