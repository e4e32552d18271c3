"""All filters together: large inputs, and what `help` says of them."""

import time

import pytest

from tests.line.fake import output
from thpsh.line.filters.known import FILTERS


def test_ten_megabytes_pass_in_time():
    text = {"/big": "some words 12345 here\n" * 500_000}
    started = time.perf_counter()
    assert output("grep -c 12345 /big", text) == "500000\n"
    assert output("awk '{s += $3} END {print s}' /big", text) == "6172500000\n"
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_has_a_summary_and_an_example_that_names_it(name):
    assert FILTERS[name].summary
    assert name in FILTERS[name].example
