"""Nothing below `cli` touches the host except through HostFiles (decisions §16)."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "thpsh"
HOST = {"os", "pathlib", "subprocess", "time", "datetime", "random", "socket", "shutil", "tempfile", "glob", "io.open"}
ONLY_IN = {"cmd2": ("shell",), "rich": ("render", "shell"), "pydantic": ("boot", "scenario")}
SOURCES = sorted(PACKAGE.rglob("*.py"))


def imports(tree):
    """The modules a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def host_touches(source):
    """What a source text would use of the host."""
    tree = ast.parse(source)
    found = [name for name in imports(tree) if name.split(".")[0] in HOST]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in ("open", "input", "eval", "exec", "__import__"):
                found.append(f"{node.func.id}()")
            elif isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in ("io.open", "builtins.open"):
                found.append("io.open()")
    return found


def room(path):
    """The first folder or module below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_cli_touches_the_host(path):
    if room(path) not in ("cli", "__main__"):
        builds_init = ["exec()"] if room(path) == "record" else []  # from the names of fields
        assert host_touches(path.read_text(encoding="utf-8")) == builds_init


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_stay_in_their_rooms(path):
    names = {name.split(".")[0] for name in imports(ast.parse(path.read_text(encoding="utf-8")))}
    for library, rooms in ONLY_IN.items():
        assert library not in names or room(path) in rooms


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from os import path",
        "def f():\n    import time",
        "open('x')",
        "import io\nio.open('x')",
        "eval('1')",
    ],
)
def test_the_rule_sees_each_way_out(source):
    assert host_touches(source) != []
