"""awk programs as one types them."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.line.fake import output, run
from thpsh.errors import UsageError
from thpsh.line.awk.parser import parse

FILES = {
    "/v": "thp_fault_alloc 3\nthp_split 1\npgfault 1000\n",
    "/s": "AnonHugePages:      4096 kB\nAnonHugePages:         0 kB\nAnonHugePages:      2048 kB\n",
    "/c": "a,b,c\n1,2,3\n",
}


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("awk '/^thp/ {print $2}' /v", "3\n1\n"),
        ("awk '$2>0 {s+=$2} END {print s}' /s", "6144\n"),
        ("awk '{print NR, NF, $NF}' /v", "1 2 3\n2 2 1\n3 2 1000\n"),
        ("awk -F , '{print $2}' /c", "b\n2\n"),
        ("awk -v x=5 'BEGIN {print x * 2}'", "10\n"),
        ("awk 'END {print NR}' /v", "3\n"),
        ("awk '$2 == 1' /v", "thp_split 1\n"),
        ("awk '$1 ~ /split$/ {print}' /v", "thp_split 1\n"),
        ("awk '!/thp/ {print $1}' /v", "pgfault\n"),
        ("awk '{a[$1] = $2} END {print a[\"pgfault\"], length(a)}' /v", "1000 3\n"),
        (
            "awk '{printf \"%-16s|%5d|%.2f\\n\", $1, $2, $2 / 3}' /v",
            "thp_fault_alloc |    3|1.00\nthp_split       |    1|0.33\npgfault         | 1000|333.33\n",
        ),
        ("awk 'BEGIN {for (i = 1; i <= 3; i++) s = s i; print s}'", "123\n"),
        ("awk 'BEGIN {while (i < 3) {i++; if (i == 2) continue; print i}}'", "1\n3\n"),
        ("awk 'BEGIN {print 1/3, 2^10, 7 % 4, -3 + 1}'", "0.333333 1024 3 -2\n"),
        ('awk \'BEGIN {print length("abc"), substr("hello", 2, 3), index("abc", "c"), toupper("a")}\'', "3 ell 3 A\n"),
        ('awk \'BEGIN {n = split("a:b:c", p, ":"); print n, p[3]}\'', "3 c\n"),
        ("awk '{sub(/thp_/, \"\"); print $1}' /v", "fault_alloc\nsplit\npgfault\n"),
        ('awk \'BEGIN {s = "aaa"; n = gsub(/a/, "[&]", s); print n, s}\'', "3 [a][a][a]\n"),
        ('awk \'BEGIN {x = 5; print x > 3 ? "big" : "small"}\' || echo refused', "refused\n"),
        ('awk \'BEGIN {print (5 > 3) ? "big" : "small"}\'', "big\n"),
        ("awk '{$2 = \"x\"; print}' /c", "a,b,c x\n1,2,3 x\n"),
        ("awk 'NR==1, /split/ {print $1}' /v", "thp_fault_alloc\nthp_split\n"),
        ("awk 'BEGIN {if (\"a\" in x) print 1; else print 0}'", "0\n"),
        ('awk \'BEGIN {x["k"] = 1; for (k in x) print k; delete x["k"]; print length(x)}\'', "k\n0\n"),
        ("awk '{ next; print } END {print \"end\"}' /v", "end\n"),
        ("awk 'BEGIN { exit 0 } END {print \"e\"}' /v", "e\n"),
        ('awk \'BEGIN {printf "%s %d %x %o %c %5.1f%%\\n", "a", 42, 255, 8, "xyz", 12.34}\'', "a 42 ff 10 x  12.3%\n"),
        ("awk '{print $1; exit}' /v", "thp_fault_alloc\n"),
        ("awk 'BEGIN {print 1e6, 123456789, 0.1 + 0.2, 1e20}'", "1000000 123456789 0.3 100000000000000000000\n"),
        ('awk \'{ s = s (NR > 1 ? "," : "") $2 } END { print s }\' /v', "3,1,1000\n"),
        ('awk \'BEGIN { OFS = "-"; print "a", "b" }\'', "a-b\n"),
        ("awk '{print FILENAME, FNR}' /c", "/c 1\n/c 2\n"),
        ("cat /v | awk '{n++} END {print n+0}'", "3\n"),
        ("awk '{\n  n += $2\n  m++\n}\nEND {\n  print n\n  print m\n}\n' /v", "1004\n3\n"),
    ],
)
def test_programs_print_what_awk_prints(program, expected):
    status, out, _ = run(program, FILES)
    assert out == expected
    assert status == 0


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("awk '{print'", "expected"),
        ("awk 'BEGIN {print 1 +}'", "expected a value"),
        ("awk 'BEGIN {foo(1)}'", "foo: no such function"),
        ("awk 'BEGIN {system(\"ls\")}'", "system: not known"),
        ("awk 'BEGIN {print 1 > \"/etc/passwd\"}'", "print cannot redirect"),
        ("awk 'BEGIN {getline x}'", "getline"),
        ("awk 'BEGIN {print 1/0}'", "division by zero"),
        ("awk '/[/' /v", "unclosed /"),
        ("awk '/(/' /v", "not a pattern"),
        ("awk", "expected a program"),
        ("awk -v 5 'BEGIN {}'", "expected NAME=VALUE"),
        ("awk '@'", "not understood"),
    ],
)
def test_wrong_programs_are_usage_errors(program, words):
    status, _, err = run(program, FILES)
    assert status == 2
    assert words in err


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='a1 $(){}[]+-*/^<>=!~&|;,"?:\nBEGIN{}print in', max_size=40))
def test_any_text_is_a_program_or_a_usage_error(text):
    with suppress(UsageError):
        parse(text)


def test_deep_nesting_is_refused():
    for text in ("(" * 5000, "{" * 5000, "-" * 5000 + "1", "$" * 5000 + "1", "if(1)" * 5000):
        with pytest.raises(UsageError):
            parse("{ print " + text)
        with pytest.raises(UsageError):
            parse("{ " + text)


def test_sums_over_many_files_as_in_the_contract():
    assert output("grep AnonHugePages /s | awk '$2>0 {s+=$2} END {print s}'", FILES) == "6144\n"


ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (f"awk '{{print $2 ${ENDLESS}}}' /v", "3\n1\n1000\n"),
        (f"awk 'BEGIN {{print {ENDLESS}}}'", "inf\n"),
        ("awk 'BEGIN {print substr(\"abc\", 2, 1e400)}'", "bc\n"),
        ("awk 'BEGIN {print int(1e400), int(-7.9)}'", "inf -7\n"),
        ("awk 'BEGIN {printf \"%d %d\", 1e400, -1e400}'", "9223372036854775807 -9223372036854775807"),
        (f'awk \'BEGIN {{print strtonum("0x{ENDLESS}"), strtonum("0x10")}}\'', "inf 16\n"),
        (f"awk 'BEGIN {{exit {ENDLESS}}}' || echo ended", "ended\n"),
    ],
)
def test_numbers_without_end_are_numbers(program, expected):
    assert output(program, FILES) == expected
