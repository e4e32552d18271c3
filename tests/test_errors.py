"""Errors as the emulated user sees them."""

import ast
import errno
import sys
from pathlib import Path

import pytest

import thpsh
from thpsh.errors import Errno, KernelError, ModelBug, ThpshError, UsageError


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other numbers")
def test_numbers_are_those_of_linux():
    wrong = [e.name for e in Errno if hasattr(errno, e.name) and getattr(errno, e.name) != e]
    assert wrong == []


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (Errno.ENOMEM, "Cannot allocate memory"),
        (Errno.EINVAL, "Invalid argument"),
        (Errno.EFAULT, "Bad address"),
        (Errno.EAGAIN, "Resource temporarily unavailable"),
    ],
)
def test_messages_are_those_of_strerror(number, message):
    assert number.message == message


def test_every_number_has_a_message_of_its_own():
    assert len({number.message for number in Errno}) == len(Errno)


def test_a_kernel_error_prints_message_and_name():
    error = KernelError(Errno.EINVAL, "length is 0")
    assert str(error) == "Invalid argument (EINVAL)"
    assert error.why == "length is 0"


def test_the_three_kinds_exclude_each_other():
    for kind in (KernelError, UsageError, ModelBug):
        assert kind.__mro__[1] is ThpshError


def _raised():
    """All places of the model where a KernelError is made."""
    for path in Path(thpsh.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "KernelError":
                yield f"{path.name}:{node.lineno}", node


def test_every_error_of_the_kernel_says_why():
    """`why` has nothing else to go by."""
    places = dict(_raised())
    assert len(places) > 100
    assert [where for where, call in places.items() if len(call.args) < 2] == []
    texts = [(where, call.args[1]) for where, call in places.items()]
    assert [where for where, text in texts if isinstance(text, ast.Constant) and not text.value] == []
