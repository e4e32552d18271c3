"""The two sinks of the line room."""

from thpsh.line.environment import Capture, Nothing


def test_a_capture_keeps_all_text_in_order():
    capture = Capture()
    assert capture.text == ""
    assert (capture.write("a\n"), capture.write(""), capture.write("bc")) == (2, 0, 2)
    assert capture.text == "a\nbc"


def test_nothing_takes_text_like_a_file():
    assert Nothing().write("abc") == 3
