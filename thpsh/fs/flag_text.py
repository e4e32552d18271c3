"""Flags of transparent huge pages as text (mm/huge_memory.c: double_flag_show, single_flag_store)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.kstrto import attribute_number, invalid

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

MODES: Final = ("always", "madvise", "never")
_SWITCH: Final = ("yes", "no")


def chosen(words: tuple[str, ...], word: str) -> str:
    """The words on one line, the chosen one in brackets."""
    return " ".join(f"[{each}]" if each == word else each for each in words) + "\n"


def match_keyword(words: tuple[str, ...], text: str) -> str:
    """The first word that agrees with the text as far as the shorter of both goes; EINVAL if none does.

    A newline counts as a letter: `n` means never, `n` with a newline nothing.
    """
    for word in words:
        length = min(len(word), len(text))
        if word[:length] == text[:length]:
            return word
    hint = ", not counting a newline: use printf" if text.endswith("\n") else ""
    raise invalid(text, f"{', '.join(words[:-1])} or {words[-1]}, or the beginning of one{hint}")


def show_mode(always: bool, madvise: bool) -> str:
    """Two bits as one of the three modes."""
    return chosen(MODES, "always" if always else "madvise" if madvise else "never")


def show_switch(kernel: Kernel, on: bool) -> str:
    """One bit: 1 or 0, in 2.6.38 yes or no."""
    if _numeric(kernel):
        return f"{on:d}\n"
    return chosen(_SWITCH, "yes" if on else "no")


def read_switch(kernel: Kernel, text: str) -> bool:
    """One bit as written."""
    if not _numeric(kernel):
        return match_keyword(_SWITCH, text) == "yes"
    value = attribute_number(kernel, text)
    if value > 1:
        raise invalid(text, "0 or 1")
    return bool(value)


def _numeric(kernel: Kernel) -> bool:
    return kernel.features.boolean_attributes
