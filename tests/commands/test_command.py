"""A command and the parser of its words."""

import pytest

from thpsh.commands import registry
from thpsh.commands.command import Command, no_arguments
from thpsh.errors import UsageError


def test_a_parser_raises_instead_of_leaving():
    with pytest.raises(UsageError, match="touch: expected PROC, ADDR; usage: touch"):
        registry.find("touch").parser().parse_args([])


def test_a_negative_size_is_a_word_and_no_option():
    assert registry.find("touch").parser().parse_args(["app", "-5"]).addr == "-5"


def test_options_are_not_abbreviated():
    with pytest.raises(UsageError, match="'--rea': expected no such option"):
        registry.find("touch").parser().parse_args(["app", "buf", "--rea"])


def test_help_has_usage_summary_details_and_example():
    command = Command("x", "Views", "do x", "x now", no_arguments, lambda call: 0, usage=("x [NOW]",), details="More.")
    assert command.help() == "usage: x [NOW]\n\ndo x\n\nMore.\n\nexample: x now\n"
