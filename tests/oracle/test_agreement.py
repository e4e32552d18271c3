"""The README's figures of agreement are those of the recordings.

All recordings lie beside the checkout (`../shared/oracle`), not in it: where they are absent, what is in the checkout
is checked. THPSH_RECORDINGS names another folder of them; THPSH_COMPARE_ALL=1 compares every one again (a minute).
"""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from thpsh.boot import boot
from thpsh.oracle.comparison import compare, recorded_machine
from thpsh.oracle.recording import read_recording

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOTES = (ROOT / "tests" / "oracle" / "NOTES.md").read_text(encoding="utf-8")
COPIES = Path(__file__).parent / "traces"
SHARED = Path(os.environ.get("THPSH_RECORDINGS", ROOT.parent / "shared" / "oracle" / "3.0" / "traces"))

needs_all = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no recordings in {SHARED}")


def rows(heading):
    """The cells of a table's rows, below the row that begins with a heading."""
    table = README[README.index(f"| {heading} |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def groups(cell):
    """The first words of the recordings' names that a row is about."""
    return re.findall(r"`(\w+)-\*`", cell)


BY_GROUP = rows("recordings of Linux 3.0.1")
KNOWN = {row[0].strip("`"): int(row[1]) for row in rows("recording")}


def differences(path):
    recording = read_recording(path.name, path.read_text(encoding="utf-8"))
    return len(compare(recording, boot(recorded_machine(recording))).differences)


def test_the_sums_are_sums():
    *parts, total = [[int(cell) for cell in row[1:]] for row in BY_GROUP]
    assert [sum(column) for column in zip(*parts, strict=True)] == total
    assert f"Of {total[0]} recordings with {total[1]} operations" in README
    assert f"{total[0] - len(KNOWN)} agree in everything" in " ".join(README.split())
    assert f"{total[2]} differences remain in {len(KNOWN)} of them" in README
    assert sum(KNOWN.values()) == total[2]


def test_each_known_difference_is_counted_in_its_group_and_has_its_mechanism_in_the_notes():
    counted = Counter()
    for name, number in KNOWN.items():
        (row,) = [row for row in BY_GROUP if name.split("-")[0] in groups(row[0])]
        counted[row[0]] += number
        assert re.search(rf"\b{name}\b", NOTES), name
    assert {row[0]: int(row[3]) for row in BY_GROUP[:-1] if row[3] != "0"} == counted


def test_every_copy_in_the_checkout_is_of_a_group_in_the_table():
    named = [group for row in BY_GROUP for group in groups(row[0])]
    copies = list(COPIES.glob("*.json"))
    assert f"{len(copies)} recordings are replayed by the tests" in " ".join(README.split())
    assert {path.name.split("-")[0] for path in copies} <= set(named)
    assert not {path.stem for path in copies} & set(KNOWN)


@needs_all
def test_numbers_of_recordings_and_operations():
    found = {}
    for path in SHARED.glob("*.json"):
        operations = len(json.loads(path.read_text(encoding="utf-8"))["ops"])
        number, total = found.get(path.name.split("-")[0], (0, 0))
        found[path.name.split("-")[0]] = (number + 1, total + operations)
    for cell, number, operations, _ in BY_GROUP[:-1]:
        parts = [found.pop(group) for group in groups(cell)]
        assert tuple(map(sum, zip(*parts, strict=True))) == (int(number), int(operations)), cell
    assert found == {}


@needs_all
@pytest.mark.parametrize(("name", "number"), KNOWN.items())
def test_a_known_difference_is_as_large_as_told(name, number):
    assert differences(SHARED / f"{name}.json") == number


@needs_all
@pytest.mark.skipif(not os.environ.get("THPSH_COMPARE_ALL"), reason="THPSH_COMPARE_ALL=1 compares all recordings")
def test_all_others_agree():
    assert [path.stem for path in sorted(SHARED.glob("*.json")) if path.stem not in KNOWN and differences(path)] == []
