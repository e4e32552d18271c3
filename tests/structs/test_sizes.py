"""Sizes and durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thpsh.errors import UsageError
from thpsh.structs.sizes import format_size, parse_duration, parse_size


@pytest.mark.parametrize(
    ("word", "size"),
    [
        ("4096", 4096),
        ("4K", 4096),
        ("2M", 2 << 20),
        ("1G", 1 << 30),
        ("1T", 1 << 40),
        ("2MiB", 2 << 20),
        ("0x200000", 2 << 20),
    ],
)  # fmt: skip
def test_sizes_are_binary_multiples(word, size):
    assert parse_size(word) == size


@pytest.mark.parametrize("word", ["", "4Q", "-4K", "4 K", "1.5M", "K", "0xg", "4k", "٤", "9" * 5000])
def test_other_words_are_named_in_the_error(word):
    with pytest.raises(UsageError, match="expected a size"):
        parse_size(word)


@pytest.mark.parametrize(
    ("word", "ns"),
    [
        ("500ms", 5 * 10**8), ("10s", 10**10), ("2m", 120 * 10**9), ("1h", 3600 * 10**9), ("30d", 2592 * 10**12),
        ("3", 3 * 10**9), ("0.5s", 5 * 10**8),
    ],
)  # fmt: skip
def test_durations_default_to_seconds(word, ns):
    assert parse_duration(word) == ns


@pytest.mark.parametrize("word", ["", "s", "-1s", "5 s", "1w", "1e3"])
def test_other_durations_are_refused(word):
    with pytest.raises(UsageError, match="expected a duration"):
        parse_duration(word)


@given(st.integers(0, 1 << 50))
def test_a_formatted_size_reads_back(size):
    assert parse_size(format_size(size)) == size
