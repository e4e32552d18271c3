"""Files, classes and functions keep the size that can be read at once (style examples §2)."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "thpsh"
SOURCES = sorted(PACKAGE.rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc"}
each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@each_source
def test_a_file_has_at_most_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@each_source
def test_a_function_has_at_most_60_lines_and_6_arguments(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno + 1 <= 60, node.name
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            assert len([argument for argument in arguments if argument.arg not in ("self", "cls")]) <= 6, node.name


@each_source
def test_a_class_has_at_most_200_lines_and_15_methods(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno - node.lineno + 1 <= 200, node.name
            assert sum(isinstance(child, ast.FunctionDef) for child in node.body) <= 15, node.name


@each_source
def test_a_file_is_named_for_what_it_holds(path):
    assert path.stem not in FORBIDDEN_NAMES


@each_source
def test_nothing_is_left_for_later(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)
    for number, line in enumerate(text.splitlines(), 1):
        if "# noqa" in line or "type: ignore" in line:
            assert re.search(r"(noqa: [A-Z]+\d+|type: ignore\[[a-z-]+\]).*\S{3,}", line), f"line {number}"
