"""Flags as text."""

from __future__ import annotations

import pytest

from tests.support import host
from thpsh.errors import Errno, KernelError
from thpsh.fs.flag_text import MODES, chosen, match_keyword, read_switch, show_mode, show_switch


def test_the_shorter_of_word_and_text_decides() -> None:
    assert match_keyword(MODES, "a") == "always"
    assert match_keyword(MODES, "madvisers") == "madvise"
    assert match_keyword(MODES, "never\0") == "never"


def test_the_first_word_in_order_wins() -> None:
    assert match_keyword(("no", "noway"), "noway") == "no"


def test_a_newline_is_a_letter_and_the_error_says_so() -> None:
    with pytest.raises(KernelError) as caught:
        match_keyword(MODES, "n\n")
    assert caught.value.errno is Errno.EINVAL
    assert "printf" in caught.value.why


def test_the_chosen_word_stands_in_brackets() -> None:
    assert chosen(("x", "y"), "y") == "x [y]\n"
    assert show_mode(always=False, madvise=True) == "always [madvise] never\n"
    assert show_mode(always=False, madvise=False) == "always madvise [never]\n"


def test_switches_were_words_before_2_6_39() -> None:
    old, new = host(kernel="2.6.38").kernel, host().kernel
    assert (show_switch(old, on=True), show_switch(new, on=True)) == ("[yes] no\n", "1\n")
    assert read_switch(old, "n") is False
    assert read_switch(new, "1\n") is True
    for kernel, text in ((old, "1"), (new, "yes"), (new, "2")):
        with pytest.raises(KernelError):
            read_switch(kernel, text)
