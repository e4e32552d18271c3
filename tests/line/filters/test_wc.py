"""wc as coreutils print it."""

import pytest

from tests.line.fake import output, run

LINES = {"/f": "b 2\na 10\nb 2\nc 1\n", "/g": "x:y:z\nplain\n", "/n": "one\ntwo\nthree\nfour\nfive\n"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("wc -l /n", "5 /n\n"),
        ("cat /n | wc", "      5       5      24\n"),
    ],
)
def test_wc_prints_what_coreutils_print(line, expected):
    assert output(line, LINES) == expected


def test_several_files_get_a_total():
    assert output("wc -l /f /n", LINES) == "      4 /f\n      5 /n\n      9 total\n"


def test_bytes_are_counted_and_a_line_needs_its_newline():
    assert output("wc -c /u", {"/u": "h\u00e9"}) == "3 /u\n"
    assert output("wc -l /u", {"/u": "a\nb"}) == "1 /u\n"


def test_a_missing_file_is_status_1():
    status, out, err = run("wc -l /missing", LINES)
    assert (status, out, err) == (1, "", "wc: /missing: No such file or directory (ENOENT)\n")
