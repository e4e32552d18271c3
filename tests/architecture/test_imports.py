"""The import contracts of pyproject.toml hold, and the common path stays light."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_rooms_import_one_way():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


LINES = {
    "-c": ["-c", "spawn app; cat /proc/meminfo | grep Anon"],
    "version": ["--version"],
}


@pytest.mark.parametrize("argv", LINES.values(), ids=LINES)
def test_the_common_path_imports_no_heavy_library(argv):
    code = (
        "import sys\n"
        "from thpsh.cli.main import main\n"
        f"status = main({argv!r})\n"
        "heavy = {'cmd2', 'rich', 'pydantic', 'prompt_toolkit'} & set(sys.modules)\n"
        "sys.exit(f'status {status}, imported {heavy}' if status or heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
