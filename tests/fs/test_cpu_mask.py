"""Sets of CPUs and nodes as text."""

from __future__ import annotations

import pytest

from thpsh.fs.cpu_mask import cpu_list, mask_words


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([0], "0"), ([0, 1], "0-1"), ([4, 0, 1], "0-1,4"), ([1, 3, 5], "1,3,5")]
)
def test_lists_are_ranges(numbers: list[int], text: str) -> None:
    assert cpu_list(numbers) == text


@pytest.mark.parametrize(
    ("numbers", "bits", "text"),
    [
        ([0], 1, "1"), ([0], 8, "01"), ([0], 64, "00000000,00000001"), (range(40), 40, "ff,ffffffff"),
        ([32], 33, "1,00000000"), ([], 4, "0"),
    ],
)  # fmt: skip
def test_masks_are_words_of_32_bits(numbers: list[int], bits: int, text: str) -> None:
    assert mask_words(numbers, bits) == text
