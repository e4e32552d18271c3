"""Trees of text."""

from thpsh.render.tree import tree_lines


def test_branches_go_on_where_a_sister_follows():
    rows = [(0, "a"), (1, "b"), (2, "c"), (3, "d"), (2, "e"), (1, "f"), (2, "g")]
    assert tree_lines(rows) == [
        "a",
        "+- b",
        "|  +- c",
        "|  |  `- d",
        "|  `- e",
        "`- f",
        "   `- g",
    ]
