"""Numbers as the kernel reads them from files (lib/kstrtox.c; lib/vsprintf.c: simple_strtoul, strict_strtoul)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

UINT_MAX: Final = (1 << 32) - 1
ULONG_MAX: Final = (1 << 64) - 1
_INT_MAX: Final = (1 << 31) - 1
_LONG_MAX: Final = (1 << 63) - 1
_DIGITS: Final = "0123456789abcdef"


def invalid(text: str, expected: str) -> KernelError:
    """EINVAL for a text that is not what was expected."""
    return KernelError(Errno.EINVAL, f"{text!r}: expected {expected}")


def c_string(text: str) -> str:
    """What a kernel that looks for the final NUL sees of a text."""
    return text.partition("\0")[0]


def attribute_number(kernel: Kernel, text: str) -> int:
    """A number written to a sysfs attribute, base 10, as the release parses it.

    Since 2.6.39 one leading + is allowed and an overflow is ERANGE; before, an overflow wrapped silently.
    """
    if kernel.features.numbers_by_kstrto:
        return kstrtoul(text, 10)
    digits = c_string(text)
    number = digits[:-1] if digits.endswith("\n") else digits
    if not number.isascii() or not number.isdigit():
        raise invalid(text, "digits")
    return int(number) & ULONG_MAX


def attribute_in_range(kernel: Kernel, text: str, low: int, high: int) -> int:
    """A number of a sysfs attribute in low … high; whatever is wrong with it is EINVAL."""
    try:
        value = attribute_number(kernel, text)
    except KernelError as error:
        raise invalid(text, f"a number from {low} to {high}") from error
    if not low <= value <= high:
        raise invalid(text, f"a number from {low} to {high}")
    return value


def kstrtoul(text: str, base: int) -> int:
    """An unsigned number that fills the text but for one newline; base 0 looks at the prefix."""
    digits = c_string(text)
    return _accumulate(digits[1:] if digits.startswith("+") else digits, base, text)


def simple_strtoull(text: str) -> tuple[int, int]:
    """The number that a text begins with, 0 if with none, and where it ends; the base is told by a prefix.

    What is more than 64 bits wraps.
    """
    base, place = 10, 0
    if text[:1] == "0":
        base = 8
        if text[1:2] in ("x", "X") and text[2:3].lower() in (*_DIGITS,):
            base, place = 16, 2
    total = 0
    while place < len(text) and 0 <= (value := _DIGITS.find(text[place].lower())) < base:
        total = total * base + value
        place += 1
    return total & ULONG_MAX, place


def strict_strtoull(kernel: Kernel, text: str) -> int:
    """A number of 64 bits of any base that fills the text but for one newline; whatever is wrong with it is EINVAL."""
    if kernel.features.numbers_by_kstrto:
        try:
            return kstrtoul(text, 0)
        except KernelError as error:
            raise invalid(text, "a number") from error
    digits = c_string(text)
    value, end = simple_strtoull(digits)
    if not end or digits[end:] not in ("", "\n"):
        raise invalid(text, "a number")
    return value


def kstrtoint(text: str, base: int) -> int:
    """A signed number of 32 bits, blanks around it dropped first as the files of a process do."""
    digits = c_string(text).strip(" \t\n\v\f\r")
    if digits.startswith("-"):
        value = -_accumulate(digits[1:], base, text)
        if value < -_LONG_MAX - 1 or value == 0:  # 3.0 refuses -0
            raise KernelError(Errno.ERANGE, f"{text!r}: out of range")
    else:
        value = kstrtoul(digits, base)
    if not -_INT_MAX - 1 <= value <= _INT_MAX:
        raise KernelError(Errno.ERANGE, f"{text!r}: expected a number of 32 bits")
    return value


def _accumulate(digits: str, base: int, text: str) -> int:
    if base in (0, 16) and digits[:2].lower() == "0x" and digits[2:3].lower() in (*_DIGITS,):
        base, digits = 16, digits[2:]
    elif base == 0:
        base = 8 if digits.startswith("0") else 10
    total = -1
    for place, letter in enumerate(digits):
        if letter == "\n" and place == len(digits) - 1:
            break
        value = _DIGITS.find(letter.lower())
        if not 0 <= value < base:
            raise invalid(text, f"digits of base {base}")
        total = max(total, 0) * base + value
        if total > ULONG_MAX:
            raise KernelError(Errno.ERANGE, f"{text!r}: more than 64 bits")
    if total < 0:
        raise invalid(text, "a number")
    return total
