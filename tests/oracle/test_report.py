"""What is printed of comparisons."""

import json

from thpsh.oracle.comparison import Comparison
from thpsh.oracle.differ import Difference
from thpsh.oracle.report import as_json, as_text, closing_line

AGREES = Comparison("a.json", "a", "3.0.1", 7, ())
DIFFERS = Comparison(
    "b.json",
    "b",
    "3.0.1",
    12,
    (
        Difference(3, "touch A r 4K write", "ret", "0", "SIGSEGV"),
        Difference(3, "touch A r 4K write", "A/r n", [512, 0], [511, 0]),
        Difference(10, "read /x", "value", "a\n", "\x1b[2J"),
        Difference(11, "mmap A s 4K", "A/r vmas", ["0K+4K rw-p"] * 9, ["0K+36K rw-p" * 8]),
    ),
)


def test_a_recording_that_agrees_is_one_line():
    assert as_text(AGREES) == "a.json: agrees in 7 operations\n"


def test_differences_stand_under_their_operation():
    assert as_text(DIFFERS) == (
        "b.json: 4 differences in 12 operations\n"
        "    3 touch A r 4K write\n"
        "      ret: expected 0, found SIGSEGV\n"
        "      A/r n: expected 512 0, found 511 0\n"
        "   10 read /x\n"
        '      value: expected "a\\n", found "\\u001b[2J"\n'
        "   11 mmap A s 4K\n"
        "      A/r vmas:\n"
        "        expected [0K+4K rw-p]×9\n"
        f"        found    [{'0K+36K rw-p' * 8}]\n"
    )


def test_one_difference_is_singular():
    one = Comparison("c.json", "c", "3.0.1", 2, DIFFERS.differences[:1])
    assert as_text(one).startswith("c.json: 1 difference in 2 operations\n")


def test_the_last_line_counts_everything():
    assert closing_line([AGREES, DIFFERS]) == "compared 2 traces, 19 operations: 4 differences in 1 traces"
    assert closing_line([]) == "compared 0 traces, 0 operations: 0 differences in 0 traces"


def test_json_says_the_same():
    document = json.loads(as_json([AGREES, DIFFERS]))
    assert {name: document[name] for name in ("operations", "differences", "failed")} == {
        "operations": 19, "differences": 4, "failed": 1,
    }  # fmt: skip
    assert document["traces"][0] == {
        "trace": "a.json", "case": "a", "kernel": "3.0.1", "operations": 7, "agrees": True, "differences": [],
    }  # fmt: skip
    assert document["traces"][1]["differences"][1] == {
        "op": 3, "operation": "touch A r 4K write", "what": "A/r n", "expected": [512, 0], "found": [511, 0],
    }  # fmt: skip


LATER = Comparison(
    "c.json", "c", "6.18.1", 2, (Difference(1, "madvise A r 2M collapse", "ret", "0", "-EINVAL"),),
    left_out=(("cgmk g", "no groups"), ("cgmk h", "no groups"), ("stack A 4K", "not here")),
)  # fmt: skip


def test_the_change_behind_a_difference_stands_below_it():
    assert as_text(LATER) == (
        "c.json: 1 difference in 2 operations\n"
        "    1 madvise A r 2M collapse\n"
        "      ret: expected 0, found -EINVAL\n"
        "      ^ since 6.1: madvise(MADV_COLLAPSE)\n"
        "  left out: cgmk (no groups)\n"
        "  left out: stack (not here)\n"
    )


def test_json_has_the_reasons_too():
    (trace,) = json.loads(as_json([LATER]))["traces"]
    assert trace["differences"][0]["reason"] == "since 6.1: madvise(MADV_COLLAPSE)"
    assert trace["left_out"][0] == {"operation": "cgmk g", "reason": "no groups"}
