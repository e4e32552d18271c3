"""Files of debugfs that hold one number."""

import pytest

from thpsh.fs.simple_attr import simple_attr_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("12\n", 12), ("0x10", 16), ("-1", (1 << 64) - 1), ("-0x2", (1 << 64) - 2), ("junk", 0), ("", 0), ("+5", 0),
     (" 5", 0), ("7 8", 7), ("0" * 30 + "7", 0), ("3\0004", 3)],
)  # fmt: skip
def test_what_a_write_begins_with_counts(text: str, number: int) -> None:
    assert simple_attr_number(text) == number
