"""What argparse says becomes the word and what was expected."""

import pytest

from thpsh.commands.refusal import refusal


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("unrecognized arguments: --reed", "'--reed': expected no such option"),
        ("unrecognized arguments: 5 6", "'5': expected no such word"),
        ("the following arguments are required: PROC, ADDR", "expected PROC, ADDR"),
        ("argument --prot: invalid choice: 'x' (choose from 'none', 'r', 'rw')", "'x': expected none, r or rw"),
        ("argument OPTION: invalid choice: 'x' (choose from 'mce_kill')", "'x': expected mce_kill"),
        ("argument --random: invalid int value: 'many'", "--random 'many': expected a whole number"),
        ("argument --stride: expected one argument", "--stride: expected a value after it"),
        ("argument --at: not allowed with argument --offset", "--at: expected without --offset"),
        ("something else", "something else"),
    ],
)
def test_the_word_comes_first_and_the_usage_last(message, said):
    assert refusal(message, "usage: x\n   [A]\n") == f"{said}; usage: x [A]"


def test_the_forms_of_a_usage_can_be_told_apart():
    assert refusal("something else", "usage: seq LAST\n       seq FIRST LAST\n").endswith(
        "usage: seq LAST or seq FIRST LAST"
    )
