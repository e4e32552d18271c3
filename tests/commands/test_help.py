"""The command help."""

from pathlib import Path

import pytest

from tests.commands.typed import Typed
from thpsh.commands import registry

FOLDER = Path(registry.__file__).parent


def test_help_lists_every_command_in_its_group():
    out = Typed()("help")
    for name in registry.names():
        assert f"  {name:<12} " in out


def test_help_lists_every_file_of_the_folder_that_exports_a_command():
    listed = {line.split()[0] for line in Typed()("help").splitlines() if line.startswith("  ")}
    files = {file.stem for file in FOLDER.glob("*.py") if "COMMAND = Command(" in file.read_text(encoding="utf-8")}
    assert {"drop_caches", "wait_khugepaged", "debug_vm"} <= files <= listed


@pytest.mark.parametrize("name", registry.names())
def test_help_shows_words_and_an_example(name):
    out = Typed()(f"help {name}")
    assert out.startswith(f"usage: {name}")
    assert "example: " in out
    assert "no such command" in Typed().fails("help nonsense", 2)
