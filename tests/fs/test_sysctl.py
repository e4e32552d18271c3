"""How /proc/sys reads numbers, against recordings of a real kernel."""

from __future__ import annotations

import pytest

from thpsh.errors import Errno, KernelError
from thpsh.fs.sysctl import Bounds, Vector, int_vector, show_vector, ulong_vector

ANY = Bounds()


def errno(found: Vector) -> Errno | None:
    return found.error.errno if found.error is not None else None


@pytest.mark.parametrize(
    ("text", "values", "used"),
    [
        ("8192", [8192], 4), ("8192 ", [8192], 5), ("8193 8194", [8193], 5), (" \n5\n", [5], 4), ("-7", [-7], 2),
        ("0x10", [16], 4), ("010", [8], 3), ("0", [0], 1), ("4294967297", [1], 10), ("2147483648", [-2147483648], 10),
    ],
)  # fmt: skip
def test_one_number_is_taken_and_the_blanks_behind_it(text: str, values: list[int], used: int) -> None:
    found = int_vector(text, 1, ANY)
    assert (found.values, found.used, found.error) == (values, used, None)


@pytest.mark.parametrize("text", ["foo", "8192x", "-", "--1", " ", "\n", "+5", "08", "0x", "1" * 21, "5,6", "٣"])
def test_what_is_no_number_is_an_error_and_uses_all(text: str) -> None:
    found = int_vector(text, 1, ANY)
    assert errno(found) is Errno.EINVAL
    assert (found.values, found.used) == ([], len(text))
    with pytest.raises(KernelError):
        found.checked()


def test_a_vector_takes_as_many_as_it_holds() -> None:
    assert int_vector("1 2 3 4", 3, ANY).used == 6
    assert int_vector("1 2 3 4", 3, ANY).values == [1, 2, 3]
    assert int_vector("100\t200", 3, ANY).values == [100, 200]


def test_a_bad_number_in_the_middle_keeps_those_before() -> None:
    found = int_vector("1 x 3", 3, ANY)
    assert (found.values, found.used, errno(found)) == ([1], 2, Errno.EINVAL)


def test_ints_out_of_bounds_are_refused() -> None:
    for text in ("0", "4", "-1"):
        assert errno(int_vector(text, 1, Bounds(1, 3))) is Errno.EINVAL
    assert int_vector("3", 1, Bounds(1, 3)).values == [3]


def test_longs_out_of_bounds_are_passed_over_in_silence() -> None:
    for text in ("0", "-5"):
        found = ulong_vector(text, 1, Bounds(1))
        assert (found.values, found.error) == ([None], None)
    assert ulong_vector("18446744073709551615", 1, ANY).values == [(1 << 64) - 1]


def test_bounds_say_what_they_take() -> None:
    assert [str(Bounds()), str(Bounds(0)), str(Bounds(1, 3))] == ["any number", "0 or more", "1 to 3"]


def test_numbers_are_printed_with_tabs() -> None:
    assert show_vector([256, 256, 32]) == "256\t256\t32\n"
