"""Maps of letters."""

from thpsh.render.strip import bar, percent, scale_for, scaled, stretches


def test_letters_as_stretches():
    assert stretches("HHP.", 5) == [(5, 2, "H"), (7, 1, "P"), (8, 1, ".")]


def test_a_letter_stands_for_as_many_as_needed():
    assert [scale_for(count, 10) for count in (0, 10, 11, 41)] == [1, 1, 2, 8]


def test_where_they_differ_stands_a_plus():
    assert scaled(stretches("HHHHP..."), 2) == "HH+."
    assert scaled(stretches("HHH"), 2) == "HH"
    assert scaled([], 4) == ""


def test_terabytes_are_no_loop_over_blocks():
    assert scaled([(0, 1 << 40, "."), (1 << 40, 5, "H")], 1 << 38) == "....H"


def test_whatever_there_is_fills_a_cell_of_a_bar():
    assert bar(1, 1000, 10) == "#........."
    assert bar(0, 1000, 10) == ".........."
    assert bar(500, 1000, 10) == "#####....."
    assert bar(1000, 1000, 10) == bar(2000, 1000, 10) == "##########"
    assert bar(0, 0, 4) == "...."
    assert (percent(1, 3), percent(0, 0)) == (33.3, 0.0)
