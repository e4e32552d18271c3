"""The rows of the 38 commits against the index that was made from the seed (tests/data/seed-index.md)."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from thpsh.releases import find

INDEX = Path(__file__).parents[1] / "data" / "seed-index.md"
ROWS = [re.split(r" \| ", line.strip("| \n")) for line in INDEX.read_text(encoding="utf-8").splitlines()[2:]]


def plain(text):
    """A text without what the index says about it in brackets, and without its mark of doubt."""
    return re.sub(r" \([^)]*\)$| \?$", "", text).strip()


def test_the_index_has_38_rows():
    assert [int(row[0]) for row in ROWS] == list(range(1, 39))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_what_the_index_says(row):
    number, date, author, subject, first, kind, _ = row
    change = find(number)
    assert datetime.fromisoformat(change.date).replace(tzinfo=UTC).strftime("%-d %b %Y") == date
    assert change.first == plain(first)
    assert change.kind == kind[0]
    assert change.subject == plain(subject)
    assert change.subject_confirmed == ("?" not in subject)
    family = re.sub(r"\b\w\.\s?", "", author).strip()
    assert family.removeprefix("van ") in change.author
