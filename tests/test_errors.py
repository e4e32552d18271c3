"""Errors as the emulated user sees them."""

import errno
import sys

import pytest

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
