"""The command printf."""

import pytest

from tests.commands.typed import Typed

ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("printf n", "n"), ("printf '%s-%d\\n' a 5", "a-5\n"), ("printf '%s\\n' a b c", "a\nb\nc\n"),
        ("printf '\\x41\\101\\n'", "AA\n"), ("printf '100%%'", "100%"),
        ("printf '%*d|%.*f\\n' 4K 3 2 1.2345 6 7", "   3|1.23\n     7|0\n"), ("printf '%.*f' -1 1.5", "1.500000"),
    ],
)  # fmt: skip
def test_printf_prints_in_a_format(line, out):
    assert Typed()(line) == out


def test_one_write_sets_a_knob_and_a_wrong_one_changes_nothing():
    t = Typed()
    assert t.fails(f"echo n > {ENABLED}").startswith(f"{ENABLED}: Invalid argument (EINVAL)")
    t(f"printf n > {ENABLED}")
    assert t(f"cat {ENABLED}") == "always madvise [never]\n"
    t(f"printf '' > {ENABLED}")
    assert t(f"cat {ENABLED}") == "always madvise [never]\n"
