"""Twin of thpsh/structs/c_int.py."""

import pytest

from thpsh.structs.c_int import as_int


@pytest.mark.parametrize(
    ("number", "kept"),
    [(0, 0), (-1, -1), (0xFFFFFFFF, -1), (0x7FFFFFFF, 0x7FFFFFFF), (0x80000000, -0x80000000), (1 << 32 | 14, 14)],
)
def test_an_int_keeps_32_bits_and_a_sign(number, kept):
    assert as_int(number) == kept
