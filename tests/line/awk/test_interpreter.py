"""A program run on files: order of rules, jumps, status."""

import pytest

from thpsh.errors import UsageError
from thpsh.line.awk.interpreter import Program
from thpsh.line.awk.parser import parse
from thpsh.line.environment import Capture

FILES = [("/a", ["1 x", "2 y"]), ("-", ["3 z"])]


def run(program, **variables):
    """What a program prints, and its status."""
    out = Capture()
    status = Program(parse(program), out, variables).run(FILES)
    return out.text, status


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("END {print NR} BEGIN {print NR} {print NR, FNR, FILENAME}", "0\n1 1 /a\n2 2 /a\n3 1 \n3\n"),
        ("/y/", "2 y\n"),
        ("/x/, /y/ {print $2}", "x\ny\n"),
        ("/x/, /x/ {print $2}", "x\n"),
        ("/y/, /none/ {print $2}", "y\nz\n"),
        ("$1 == 2 {next} {print $1}", "1\n3\n"),
        ("{exit} END {print NR}", "1\n"),
        ("BEGIN {for (;;) {if (++i > 2) break; if (i == 1) continue; print i}}", "2\n"),
        ("BEGIN {for (i = 0; i < 3; i++) {if (i == 1) continue; print i}}", "0\n2\n"),
        ("BEGIN {a[1]; a[2]; delete a[1]; for (k in a) print k; delete a; for (k in a) print k}", "2\n"),
        ("BEGIN {a[1]; for (k in a) delete a; print length(a)}", "0\n"),
        ('BEGIN {ORS = "|"; print "a"; printf "%s\\n", "b"}', "a|b\n"),
        ("BEGIN {if (0) print 1; else {print 2; print 3}}", "2\n3\n"),
    ],
)
def test_rules_run_in_their_order(program, printed):
    assert run(program) == (printed, 0)


@pytest.mark.parametrize(
    ("program", "status"), [("{exit 3}", 3), ("BEGIN {exit 256 + 7}", 7), ("{exit 3} END {exit 4}", 4), ("{exit}", 0)]
)
def test_exit_sets_the_status(program, status):
    assert run(program)[1] == status


def test_a_program_of_begin_alone_reads_nothing():
    assert run("BEGIN {print v; exit} END {print NR}", v="5") == ("5\n0\n", 0)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("BEGIN {next}", "next: only inside a rule or a loop"),
        ("{break}", "break: only inside"),
        ("END {next}", "next: not in END"),
    ],
)
def test_a_jump_out_of_nowhere_is_refused(program, message):
    with pytest.raises(UsageError, match=message):
        run(program)
