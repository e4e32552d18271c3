"""Every operation of the language is done, or left out with a reason."""

import pytest

from thpsh.cli.record.operations import LEFT_OUT, OF_WORDS, OPERATIONS, Skipped, do, window
from thpsh.oracle.replay import OPERATIONS as EMULATED
from thpsh.oracle.words import Words


def test_no_operation_of_the_emulator_is_forgotten():
    assert set(EMULATED) - {*OPERATIONS, *OF_WORDS, *LEFT_OUT} == {"exact", "settle"}
    assert not set(LEFT_OUT) & {*OPERATIONS, *OF_WORDS}


def test_what_is_left_out_says_why():
    with pytest.raises(Skipped, match="under pressure"):
        do(None, Words("hog A r 1G"))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("exact on", {"ret": 0}),
        ("dance", {"error": "unknown op", "ret": 0}),
        ("read", {"error": "too few words", "ret": 0}),
        ("read /proc/no-such-file", {"ret": "-ENOENT"}),
    ],
)
def test_what_needs_no_process(line, found):
    assert do(None, Words(line)) == found


def test_only_pseudo_files_are_read():
    with pytest.raises(Skipped, match="below /proc and /sys"):
        do(None, Words("read /etc/hostname"))


def test_each_region_has_4_gib_to_itself():
    assert window(1) - window(0) == 4 << 30
