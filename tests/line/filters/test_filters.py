"""The built-in filters against what coreutils print."""

import time

import pytest

from tests.line.fake import output, run
from thpsh.line.filters import FILTERS

LINES = {"/f": "b 2\na 10\nb 2\nc 1\n", "/g": "x:y:z\nplain\n", "/n": "one\ntwo\nthree\nfour\nfive\n"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("grep b /f", "b 2\nb 2\n"),
        ("grep -v b /f", "a 10\nc 1\n"),
        ("grep -c b /f /n", "/f:2\n/n:0\n"),
        ("grep -n o /n", "1:one\n2:two\n4:four\n"),
        ("grep -i ONE /n", "one\n"),
        ("grep -o '[a-z]$' /n", "e\no\ne\nr\ne\n"),
        ("grep -o '^[on]' /n", "o\n"),
        ("echo aaa | grep -o '^a'", "a\n"),
        ("echo 'ab abc ab' | grep -ow ab", "ab\nab\n"),
        ("grep -w on /n || echo none", "none\n"),
        ("grep -x one /n", "one\n"),
        ("grep -h a /f /g", "a 10\nplain\n"),
        ("grep -H a /f", "/f:a 10\n"),
        ("grep -l a /f /g /n", "/f\n/g\n"),
        ("grep -E 'one|two' /n", "one\ntwo\n"),
        ("grep 'one\\|two' /n", "one\ntwo\n"),
        ("grep -e one -e five /n", "one\nfive\n"),
        ("grep -F x:y /g", "x:y:z\n"),
        ("grep -A 1 two /n", "two\nthree\n"),
        ("grep -B 1 -n two /n", "1-one\n2:two\n"),
        ("grep -C 1 -e one -e five /n", "one\ntwo\n--\nfour\nfive\n"),
        ("grep -m 1 o /n", "one\n"),
        ("grep -q one /n && echo found", "found\n"),
        ("grep '^[[:alpha:]]* [[:digit:]]\\+$' /f", "b 2\na 10\nb 2\nc 1\n"),
        ("fgrep . /n || echo none", "none\n"),
        ("head -n 2 /n", "one\ntwo\n"),
        ("head -2 /n", "one\ntwo\n"),
        ("head -c 5 /n", "one\nt"),
        ("head -n -3 /n", "one\ntwo\n"),
        ("tail -n 2 /n", "four\nfive\n"),
        ("tail -n +4 /n", "four\nfive\n"),
        ("head -n 1 /f /g", "==> /f <==\nb 2\n\n==> /g <==\nx:y:z\n"),
        ("sort /f", "a 10\nb 2\nb 2\nc 1\n"),
        ("sort -k2 -n /f", "c 1\nb 2\nb 2\na 10\n"),
        ("sort -k2nr /f | head -1", "a 10\n"),
        ("sort -u /f", "a 10\nb 2\nc 1\n"),
        ("sort -t : -k 2 /g", "plain\nx:y:z\n"),
        ("printf '2M\n10K\n1G\n' | sort -h", "10K\n2M\n1G\n"),
        ("sort /f | uniq -c", "      1 a 10\n      2 b 2\n      1 c 1\n"),
        ("sort /f | uniq -d", "b 2\n"),
        ("wc -l /n", "5 /n\n"),
        ("cat /n | wc", "      5       5      24\n"),
        ("cut -d : -f 2 /g", "y\nplain\n"),
        ("cut -d ' ' -f 1,2 /f | head -1", "b 2\n"),
        ("cut -c 2- /n | head -1", "ne\n"),
        ("echo hello | tr a-y b-z", "ifmmp\n"),
        ("echo hello | tr '[:lower:]' '[:upper:]'", "HELLO\n"),
        ("echo 'a  b' | tr -s ' '", "a b\n"),
        ("echo hello | tr -d l", "heo\n"),
        ("echo a1b2 | tr -cd '0-9\\n'", "12\n"),
        ("sed s/o/0/ /n | head -2", "0ne\ntw0\n"),
        ("echo aaa | sed 's/a/b/g'", "bbb\n"),
        ("echo abc | sed 's|b|[&]|'", "a[b]c\n"),
        ("sed -n 2,3p /n", "two\nthree\n"),
        ("sed -n '/^f/p' /n", "four\nfive\n"),
        ("sed '$d' /f | wc -l", "3\n"),
        ("echo 'a b' | sed 's/\\(a\\) \\(b\\)/\\2 \\1/'", "b a\n"),
    ],
)
def test_filters_print_what_coreutils_print(line, expected):
    assert output(line, LINES) == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("grep -Z a /f", "grep: unknown option -Z"),
        ("grep '[' /f", "grep: '['"),
        ("grep", "grep: expected a pattern"),
        ("head -n x /f", "head: x: expected a number"),
        ("sort -k 0 /f", "sort: -k 0"),
        ("cut /f", "cut: expected one of -f LIST or -c LIST"),
        ("cut -f 3-x /f", "cut: '3-x'"),
        ("echo a | tr z-a b", "tr: z-a"),
        ("echo a | tr", "tr: expected SET1"),
        ("sed y/a/b/ /f", "sed: 'y/a/b/'"),
        ("grep a", "expected a file, or something before |"),
    ],
)
def test_wrong_use_is_named(line, words):
    status, _, err = run(line, LINES)
    assert status == 2
    assert words in err


def test_a_missing_file_is_named_and_the_others_are_read():
    status, out, err = run("grep -h b /f /missing", LINES)
    assert (out, err) == ("b 2\nb 2\n", "grep: /missing: No such file or directory (ENOENT)\n")
    assert status == 0


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


ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"head -n {ENDLESS} /g", "x:y:z\nplain\n"),
        (f"head -{ENDLESS} /g", "x:y:z\nplain\n"),
        (f"tail -n {ENDLESS} /g", "x:y:z\nplain\n"),
        (f"tail -n +{ENDLESS} /g", ""),
    ],
)
def test_more_lines_than_any_text_has(line, expected):
    assert output(line, LINES) == expected


@pytest.mark.parametrize("line", [f"cut -c {ENDLESS} /g", f"sort -k {ENDLESS} /g", f"sed -n {ENDLESS}p /g"])
def test_places_that_no_text_has_are_refused(line):
    status, _, err = run(line, LINES)
    assert status == 2
    assert "expected" in err
