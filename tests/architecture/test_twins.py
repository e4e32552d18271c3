"""Every module with behaviour has a test of its own in the same place (style examples §12)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "thpsh"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def behaves(source):
    """Has a module a function that does more than say what it is for (as a protocol's methods do)?"""
    found = (node for node in ast.walk(ast.parse(source)) if isinstance(node, FUNCTIONS))
    return any(
        isinstance(node, ast.Lambda)
        or any(not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)) for part in node.body)
        for node in found
    )


MODULES = sorted(
    path.relative_to(PACKAGE)
    for path in PACKAGE.rglob("*.py")
    if not path.stem.startswith("__") and behaves(path.read_text(encoding="utf-8"))
)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_has_its_twin(module):
    assert (ROOT / "tests" / module.with_name(f"test_{module.name}")).is_file()


def test_what_only_names_things_has_no_behaviour():
    assert not behaves('X = 1\n\n\nclass A:\n    """A."""\n\n    def go(self):\n        """Go."""\n')
    assert behaves('def go():\n    """Go."""\n    return 1\n')
    assert behaves("TABLE = {1: lambda a: a}\n")
