"""The command watch."""

from tests.commands.typed import Typed


def test_watch_runs_a_line_while_time_passes():
    out = Typed()("watch -n 10s -c 2 'cat /proc/uptime'")
    assert out.count("Every 10s") == 2
    assert "\n10.00 10.00\n" in out


def test_watch_says_its_pause_with_a_unit():
    out = Typed()("watch -n 1 -c 2 'echo a'")
    assert [line.partition("  (")[0] for line in out.splitlines()] == ["Every 1s: echo a", "a"] * 2
