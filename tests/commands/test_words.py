"""The words of the contract: processes, regions, addresses, ranges."""

import pytest

from tests.commands.typed import with_app
from thpsh.commands import words
from thpsh.errors import Errno, KernelError, UsageError

BUF = 0x200000000000


@pytest.fixture
def app():
    return words.find_task(with_app().session.machine.kernel, "app")


@pytest.mark.parametrize(
    ("word", "address", "region"),
    [
        ("buf", BUF, "buf"),
        ("buf+2M", BUF + 0x200000, "buf"),
        ("buf+2M-4K", BUF + 0x1FF000, "buf"),
        ("0x7f0000200000", 0x7F0000200000, ""),
        ("4096", 4096, ""),
    ],
)
def test_an_address_is_a_number_or_a_region_with_offsets(app, word, address, region):
    assert words.parse_address(app, word) == (address, region)


@pytest.mark.parametrize(
    "word", ["", "-5", "buf+", "buf 4K", "buf+2Q", "none", "0x", "buf-99T", "0xffffffffffffffff+1"]
)
def test_a_word_that_is_no_address_names_itself(app, word):
    with pytest.raises(UsageError) as error:
        words.parse_address(app, word)
    assert word.rpartition("+")[2] in str(error.value)


def test_a_range_without_a_length_is_the_rest_of_its_region(app):
    assert words.parse_span(app, "buf+4M", None) == (BUF + (4 << 20), 12 << 20)
    assert words.parse_span(app, hex(BUF + (15 << 20)), None) == (BUF + (15 << 20), 1 << 20)
    assert words.parse_span(app, "buf", "8K") == (BUF, 8192)


def test_the_living_come_before_the_dead():
    t = with_app()
    t("exit app")
    kernel = t.session.machine.kernel
    with pytest.raises(KernelError) as error:
        words.living_task(kernel, "app")
    assert (error.value.errno, error.value.why) == (Errno.ESRCH, "app has exited")
    t("spawn app")
    assert words.living_task(kernel, "app").pid == 101


def test_an_address_is_said_as_a_place_in_its_region(app):
    assert words.place_of(app, BUF) == "buf"
    assert words.place_of(app, BUF + (2 << 20)) == "buf+2M"
    assert words.place_of(app, 0x1000) == "0x1000"


@pytest.mark.parametrize("word", ["heap", "stack", "buf", "5", "a b", ""])
def test_a_new_region_needs_a_new_name(app, word):
    with pytest.raises(UsageError):
        words.check_new(app, word)
