"""The command changes: the list, the stories, and both sides of every commit."""

import json

import pytest

from tests.commands.typed import Typed
from thpsh.cli.host_files import HostFiles
from thpsh.releases import CHANGES, find

SEED = range(1, 39)
RULE_ONLY = 37


def typed(**spec):
    host = Typed(**spec)
    host.session.host_files = HostFiles()
    host.session.after = None  # broken kernels break their hosts
    return host


def rows(host, line):
    return json.loads(host(f"{line} --json"))["rows"]


def test_the_list_says_what_the_booted_kernel_has():
    found = rows(typed(kernel="2.6.38"), "changes")
    assert [row["#"] for row in found[:38]] == [str(number) for number in SEED]
    assert len(found) == len(CHANGES)
    assert [row["#"] for row in found if row["IN"] == "no" and row["#"] != "-"] == list("12345678")


def test_the_list_fits_80_columns():
    assert max(len(line) for line in typed()("changes").splitlines()) <= 80


def test_the_difference_of_two_releases_whichever_comes_first():
    host = typed()
    assert [row["#"] for row in rows(host, "changes diff 2.6.38 2.6.39") if row["#"] != "-"] == ["8", "7", "6", "5"]
    assert host("changes diff 3.1 3.0") == host("changes diff 3.0 3.1")
    assert host("changes diff 3.0 3.0") == "no change lies between these releases\n"


def test_show_tells_of_one_commit():
    text = typed()("changes show 14")
    assert "subject:       memcg: fix leak of accounting at failure path of hugepage collapsing\n" in text
    assert "first in:      2.6.38-rc5\n" in text
    assert "booted kernel: 3.0 has it\n" in text
    assert "problem:       If a collapse failed after its huge page was charged" in text
    assert "`changes try 14` runs seed/14-collapse-failure-uncharges on both sides" in text
    assert json.loads(typed()("changes show 14 --json"))["look at"] == [
        "`inject collapse_isolate 1`",
        "`memcg`",
        "`dmesg`",
    ]


def test_a_subject_that_is_not_confirmed_has_a_mark():
    assert "subject:       thp: madvise(MADV_NOHUGEPAGE) ?\n" in typed()("changes show 19")


def test_other_changes_are_shown_by_id_and_have_no_scenario():
    host = typed()
    assert "first in:      2.6.39-rc1\n" in host("changes show smaps-huge")
    assert "only the 38 commits of the seed" in host.fails("changes try smaps-huge", 2)


def test_quirks_name_what_is_kept_by_intended_kernels():
    assert typed()("changes quirks").count("kept by --intended") == 3


@pytest.mark.parametrize("number", [number for number in SEED if number != RULE_ONLY])
def test_trying_a_commit_shows_a_difference(number):
    host = typed()
    found = json.loads(host(f"changes try {number} --json"))
    assert found["sides"][0] != found["sides"][1]
    if find(str(number)).kind == "T":
        assert len(set(found["first_event"])) == 2
    else:
        assert found["differences"] > 0
    assert host("ps") == typed()("ps")  # the session's own host is as it was


@pytest.mark.parametrize("number", [number for number in SEED if number != RULE_ONLY])
def test_so_do_the_neighbouring_positions_of_the_history(number):
    found = json.loads(typed()(f"changes try {number} --at-history --json"))
    first = find(str(number)).first
    assert found["sides"] == [f"{first} before {number}", f"{first} after {number}"]
    assert found["differences"] > 0 or found["first_event"]


def test_a_rule_has_one_side():
    text = typed()(f"changes try {RULE_ONLY}")
    assert text.endswith("This commit wrote a rule down: there is no kernel without it to compare with.\n")


def test_both_columns_with_the_differences_marked():
    text = typed()("changes try 21")
    assert "3.0 without 21                         | 3.0 with 21\n" in text
    assert "enabled\n[always] madvise never                 | always madvise [never]\n" in text
    assert "ps khugepaged\nsleeping                               | gone\n" in text
    assert "\nslots app buf: H\n" in text  # the same on both sides: said once
    assert text.endswith("6 of 11 answers differ\n")


def test_what_goes_along_is_said():
    text = typed()("changes try 19")
    said = "18 (khugepaged-madvise-aware) is reverted, too: it needs 19 (madv-nohugepage)"
    assert said in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    assert " already\n" in text  # of two columns each is cut between words


def test_mistakes():
    host = typed()
    assert host.fails("changes show", 2) == "changes: expected changes show N [--json]\n"
    assert host.fails("changes diff 3.0", 2) == "changes: expected changes diff A B [--json]\n"
    assert "expected a number from 1 to 38" in host.fails("changes try 39", 2)
    assert "belongs to changes try" in host.fails("changes show 3 --at-history", 2)
