"""The op language, as the recorder reads it."""

import pytest

from thpsh.oracle.words import Refused, Words, size_of

TOP = 1 << 64


@pytest.mark.parametrize(
    ("word", "size"),
    [("4K", 4096), ("4k", 4096), ("2M", 2 << 20), ("1G", 1 << 30), ("5000", 5000), ("0x10", 16), ("0X10K", 16384),
     ("010", 8), ("0", 0), ("-1", TOP - 1), ("-4K", TOP - 4096), ("0x10000000e", 0x10000000E),
     ("0xffffffffffffffffK", TOP - 1024)],
)  # fmt: skip
def test_sizes_are_64_bits_and_wrap(word, size):
    assert size_of(word, "bad size") == size


@pytest.mark.parametrize("word", ["", "K", "4T", "4KB", "x", "08", "0x", "1.5M", "-", "9" * 50])
def test_a_bad_size_is_refused_in_the_recorders_words(word):
    with pytest.raises(Refused, match=r"^bad offset$"):
        size_of(word, "bad offset")


def test_a_missing_word_is_refused():
    with pytest.raises(Refused, match="too few words"):
        Words("mmap A").size(2)


def test_options_stand_anywhere():
    words = Words("mmap A r 2M prot=none offset=4K")
    assert (words.option("offset"), words.option("prot"), words.option("map")) == ("4K", "none", None)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("write /p always", "always"),
        ("write /p", ""),
        ('write /p ""', ""),
        ("write /p never madvise", "never madvise"),
        (r'write /p "always\n"', "always\n"),
        (r'write /p "a\tb\0c\"d\\e"', 'a\tb\0c"d\\e'),
        ('write /p "8192 "', "8192 "),
        ('write /p "open', "open"),
        ("write /p /p", "/p"),
    ],
)
def test_a_value_is_raw_or_quoted(line, value):
    assert Words(line).value(1) == value
