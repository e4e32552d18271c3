"""Numbers as the kernel reads them from files."""

from __future__ import annotations

import pytest

from tests.support import host
from thpsh.errors import Errno, KernelError
from thpsh.fs.kstrto import (
    attribute_in_range,
    attribute_number,
    c_string,
    kstrtoint,
    kstrtoul,
    simple_strtoull,
    strict_strtoull,
)


@pytest.mark.parametrize(
    ("text", "base", "value"),
    [
        ("0", 10, 0), ("+7\n", 10, 7), ("0100", 10, 100), ("0100", 0, 64), ("0x1F", 0, 31), ("0X1f", 16, 31),
        ("18446744073709551615", 10, (1 << 64) - 1), ("5\0rest", 10, 5), ("0", 0, 0),
    ],
)  # fmt: skip
def test_numbers_that_fill_the_text(text: str, base: int, value: int) -> None:
    assert kstrtoul(text, base) == value


@pytest.mark.parametrize(
    ("text", "base", "errno"),
    [
        ("", 10, Errno.EINVAL), ("\n", 10, Errno.EINVAL), ("-1", 10, Errno.EINVAL), (" 1", 10, Errno.EINVAL),
        ("1 ", 10, Errno.EINVAL), ("1\n\n", 10, Errno.EINVAL), ("0x10", 10, Errno.EINVAL), ("08", 0, Errno.EINVAL),
        ("0x", 0, Errno.EINVAL), ("+", 10, Errno.EINVAL), ("٣", 10, Errno.EINVAL), ("a", 10, Errno.EINVAL),
        ("18446744073709551616", 10, Errno.ERANGE), ("99999999999999999999x", 10, Errno.ERANGE),
        ("9" * 5000, 10, Errno.ERANGE),
    ],
)  # fmt: skip
def test_anything_else_is_an_error(text: str, base: int, errno: Errno) -> None:
    with pytest.raises(KernelError) as caught:
        kstrtoul(text, base)
    assert caught.value.errno is errno


@pytest.mark.parametrize(("text", "value"), [(" 500\n", 500), ("-1000", -1000), ("0x10", 16), ("-017", -15), ("+3", 3)])
def test_signed_numbers_may_have_blanks_around_them(text: str, value: int) -> None:
    assert kstrtoint(text, 0) == value


@pytest.mark.parametrize(
    ("text", "errno"),
    [
        ("x", Errno.EINVAL), ("7x", Errno.EINVAL), ("", Errno.EINVAL), ("- 1", Errno.EINVAL), ("-+1", Errno.EINVAL),
        ("2147483648", Errno.ERANGE), ("-2147483649", Errno.ERANGE), ("-0", Errno.ERANGE),
    ],
)  # fmt: skip
def test_signed_numbers_have_32_bits(text: str, errno: Errno) -> None:
    with pytest.raises(KernelError) as caught:
        kstrtoint(text, 0)
    assert caught.value.errno is errno


def test_attributes_of_2_6_38_wrapped_and_knew_no_plus() -> None:
    old, new = host(kernel="2.6.38").kernel, host().kernel
    assert attribute_number(old, "18446744073709551618\n") == 2
    assert attribute_number(new, "+2") == 2
    for kernel, text in ((old, "+2"), (old, ""), (old, "\n"), (old, "2\n\n"), (new, "2\n\n")):
        with pytest.raises(KernelError):
            attribute_number(kernel, text)


def test_out_of_range_is_einval_whatever_the_parser_said() -> None:
    kernel = host().kernel
    assert attribute_in_range(kernel, "511", 0, 511) == 511
    for text in ("512", "99999999999999999999", "x"):
        with pytest.raises(KernelError) as caught:
            attribute_in_range(kernel, text, 0, 511)
        assert caught.value.errno is Errno.EINVAL
        assert "0 to 511" in caught.value.why


def test_a_kernel_stops_at_the_first_nul() -> None:
    assert c_string("ab\0cd\0") == "ab"


@pytest.mark.parametrize(
    ("text", "value", "end"),
    [("12\n", 12, 2), ("0x1fg", 0x1F, 4), ("0x", 0, 1), ("017", 0o17, 3), ("08", 0, 1), ("abc", 0, 0), ("", 0, 0),
     ("18446744073709551617", 1, 20)],
)  # fmt: skip
def test_the_old_parser_takes_what_it_understands(text: str, value: int, end: int) -> None:
    assert simple_strtoull(text) == (value, end)


def test_addresses_have_any_base_and_one_error() -> None:
    old, new = host(kernel="2.6.38").kernel, host().kernel
    for kernel in (old, new):
        assert strict_strtoull(kernel, "0x200000\n") == 0x200000
        assert strict_strtoull(kernel, "010") == 8
        for text in ("", "x", "12 3", "-1"):
            with pytest.raises(KernelError) as caught:
                strict_strtoull(kernel, text)
            assert caught.value.errno is Errno.EINVAL
    assert strict_strtoull(old, "18446744073709551617") == 1
    with pytest.raises(KernelError) as caught:
        strict_strtoull(new, "18446744073709551617")
    assert caught.value.errno is Errno.EINVAL
