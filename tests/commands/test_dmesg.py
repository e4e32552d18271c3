"""The command dmesg."""

from tests.commands.typed import Typed


def test_dmesg_begins_with_the_banner():
    assert "Linux version 3.0.0" in Typed()("dmesg | head -n 1")
