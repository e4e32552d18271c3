"""The chart of memory over time."""

from thpsh.render.timeline import HEIGHT, ceiling, chart, columns_by_step, columns_by_time


def test_a_column_shows_the_sample_that_held_then():
    assert columns_by_time([0, 10, 90, 100], 11) == [0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3]


def test_steps_show_the_newest_that_fit():
    assert columns_by_step(5, 3) == [2, 3, 4]
    assert columns_by_step(2, 3) == [0, 1]


def test_kinds_are_stacked_from_the_bottom():
    lines = chart([[("#", 800), ("o", 400)], [("#", 0), ("o", 100)]], (0, 10**9), 1600, 72)
    assert len(lines) == HEIGHT + 2
    assert [line[7:] for line in lines[:HEIGHT]] == [*[""] * 4, *["o"] * 4, *["#"] * 7, "#o"]
    assert lines[-1] == "       0.000 s 1.000 s"


def test_a_scale_has_round_marks_and_holds_what_is_drawn():
    for pages in (1, 64, 65, 3000, 99_999, 123_456_789):
        height = ceiling(pages)
        assert pages <= height < max(65, 2 * pages)
        assert bin(height).count("1") <= 2
    assert chart([[("o", 300)]], (0, 1), ceiling(300), 72)[0] == " 1536K|"
    assert chart([[("o", 300)]], (0, 1), ceiling(300), 72)[4][:8] == " 1152K|o"
