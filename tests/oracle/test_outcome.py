"""The words of both sides."""

from thpsh.oracle.outcome import VmaView


def test_a_vma_is_shown_by_place_size_and_access():
    assert VmaView(2 << 20, 8, "r--p").shape == "2048K+8K r--p"
    assert VmaView(-848, 4, "rw-p").shape == "-848+4K rw-p"
