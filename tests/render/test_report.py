"""Reports as plain text and as JSON."""

import io
import json

from thpsh.render.report import Report, plain, show

REPORT = Report(("NAME", "PAGES", "NOTE"), [("app", 7, None), ("init", 1234, "first")], ("all of them",), title="x")


def test_plain_text_has_numbers_to_the_right_and_no_blanks_at_the_end():
    assert plain(REPORT) == "NAME  PAGES  NOTE\napp       7\ninit   1234  first\nall of them\n"


def test_without_rows_only_the_notes_are_printed():
    assert plain(Report(("NAME",), [], ("nothing changed",))) == "nothing changed\n"


def test_json_has_the_rows_as_objects():
    out = io.StringIO()
    show(REPORT, out, as_json=True)
    assert json.loads(out.getvalue()) == {
        "rows": [{"NAME": "app", "PAGES": 7, "NOTE": None}, {"NAME": "init", "PAGES": 1234, "NOTE": "first"}],
        "notes": ["all of them"],
    }


def test_what_is_no_terminal_gets_plain_text():
    out = io.StringIO()
    show(REPORT, out)
    assert out.getvalue() == plain(REPORT)


def test_a_column_with_a_word_in_it_stands_to_the_left():
    assert plain(Report(("limit", "x"), [("none", 1), (9, 2)])) == "limit  x\nnone   1\n9      2\n"


def test_a_terminal_gets_a_table():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    show(REPORT, out)
    assert "─" in out.getvalue()


def test_the_unit_is_told_to_people_and_in_json_but_not_between_lines():
    report = Report(("NAME", "SIZE"), [("app", 7)], unit="in kB")
    assert plain(report) == "NAME  SIZE\napp      7\n"
    assert report.data()["unit"] == "in kB"
    assert "unit" not in REPORT.data()
