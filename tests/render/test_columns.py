"""Two texts side by side."""

import io

from thpsh.render.columns import column_of, flow, side_by_side, width_of


def test_lines_are_marked_as_diff_does():
    found = side_by_side(["same", "old", "gone"], ["same", "new"], 63)
    assert found == [
        "same                             same",
        "old                            | new",
        "gone                           <",
    ]


def test_what_only_the_right_has():
    assert side_by_side([], ["new"], 63) == [" " * 30 + " > new"]


def test_long_lines_are_folded_if_they_are_few():
    found = side_by_side(["a", "b", "x" * 40], ["a", "b", "y"], 63)
    assert found[2:] == ["x" * 30 + " | y", "x" * 10 + " " * 20 + " |"]


def test_many_long_lines_are_stacked_with_what_is_the_same_between():
    left, right = ["h" * 40, "l" * 40], ["h" * 40, "r" * 40]
    assert side_by_side(left, right, 63) == ["  " + "h" * 40, "< " + "l" * 40, "> " + "r" * 40]


def test_a_terminal_too_narrow_stacks():
    assert side_by_side(["a"], ["b"], 59) == ["< a", "> b"]


def test_the_width_is_80_where_there_is_no_terminal():
    assert (width_of(io.StringIO()), column_of(80)) == (80, 38)


def test_short_texts_flow_over_as_many_lines_as_it_takes():
    assert flow(["a one", "b two", "c three"], 12) == ["a one  b two", "c three"]
    assert flow([]) == []
