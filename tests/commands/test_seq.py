"""The command seq."""

import pytest

from tests.commands.typed import Typed


@pytest.mark.parametrize(
    ("words", "numbers"),
    [("3", "1 2 3"), ("2 4", "2 3 4"), ("0 2M 4M", "0 2097152 4194304"), ("3 -1 1", "3 2 1"), ("0", "")],
)
def test_it_prints_numbers_in_order(words, numbers):
    assert Typed()(f"seq {words}").split() == numbers.split()


def test_a_loop_counts_with_it():
    assert Typed()("for i in $(seq 2); do echo n$i; done") == "n1\nn2\n"


def test_what_is_no_number_is_named():
    t = Typed()
    assert "'many'" in t.fails("seq many", 2)
    assert "STEP 0" in t.fails("seq 1 0 2", 2)
    assert "expected at most 100000" in t.fails("seq 1G", 2)
    assert "at most FIRST STEP LAST" in t.fails("seq 1 2 3 4", 2)
