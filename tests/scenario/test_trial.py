"""A scenario on two kernels."""

from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.commands.machine_options import spec_from_keys
from thpsh.commands.session import Session
from thpsh.releases import find
from thpsh.scenario import parser, syntax
from thpsh.scenario.sides import named, sides_in_history, sides_of
from thpsh.scenario.trial import try_out

TEXT = """+++
title = "Boolean"
commits = [6]
memory = "1G"
+++
# A knob
cat /sys/kernel/mm/transparent_hugepage/khugepaged/defrag
expect --with 6 /sys/kernel/mm/transparent_hugepage/khugepaged/defrag == 1
expect --without 6 /sys/kernel/mm/transparent_hugepage/khugepaged/defrag contains yes
expect /sys/kernel/mm/transparent_hugepage/enabled contains always
dmesg
"""


def session(keys):
    spec = spec_from_keys(keys)
    return Session(boot(spec), HostFiles(), spec)


def scenario():
    return parser.parse("x.thp", TEXT, syntax.complete)


def trial():
    front = scenario().front
    return try_out(scenario(), named(sides_of(front), front), session)


def test_every_line_is_answered_by_both_sides():
    found = trial()
    assert found.labels == ("3.0 without 6", "3.0 with 6")
    assert [row.kind for row in found.rows] == ["narration", "line", "question", "question", "question", "line"]
    assert found.rows[1].found == (("[yes] no",), ("1",))


def test_expectations_are_asked_on_both_sides_whoever_they_are_meant_for():
    value, yes, same = trial().rows[2:5]
    assert value.found == (("[yes] no",), ("1",))
    assert (yes.text.split()[-2:], yes.found) == (["contains", "yes"], (("yes",), ("no",)))
    assert not same.differs


def test_the_name_of_the_kernel_is_no_difference():
    found = trial()
    assert not found.rows[-1].differs
    assert found.differences == 3
    assert found.trace == ()


def test_positions_of_the_history_leave_out_what_came_later_in_the_candidate():
    front = scenario().front
    before, after = sides_in_history(front, find("36"))
    assert (before.label, after.label) == ("2.6.38-rc1 before 36", "2.6.38-rc1 after 36")
    assert before.keys["revert"] == (*after.keys["revert"], "36")
    assert {"35", "18"} <= set(after.keys["revert"])
    assert not {"37", "38", "17"} & set(after.keys["revert"])
