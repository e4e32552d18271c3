"""Windows of named regions."""

from tests.commands.typed import with_app


def test_a_region_larger_than_a_window_takes_as_many_as_it_needs():
    t = with_app(memory=8 << 30)
    assert t("mmap app big 5G").startswith("big: 0x200100000000, 5G")
    assert t("mmap app next 4K").startswith("next: 0x200300000000, 4K")
