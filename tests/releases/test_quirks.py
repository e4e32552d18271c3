"""The promises that were not kept."""

from pathlib import Path

from thpsh.record import names_of
from thpsh.releases import find
from thpsh.releases.quirks import QUIRKS
from thpsh.structs.intended import Intended

RECORDINGS = Path(__file__).parents[1] / "oracle" / "traces"
CAPTURES = Path(__file__).parents[1] / "data"


def test_those_with_a_switch_are_the_switches_of_intended_kernels():
    assert sorted(quirk.id for quirk in QUIRKS if quirk.switch) == sorted(names_of(Intended))


def test_what_shows_them_is_there():
    for quirk in QUIRKS:
        if quirk.shown_by:
            assert (RECORDINGS / f"{quirk.shown_by}.json").is_file() or (CAPTURES / f"{quirk.shown_by}.txt").is_file()


def test_the_commits_that_promised_exist():
    assert [find(str(quirk.commit)).number for quirk in QUIRKS if quirk.commit] == [21, 18, 8, 36, 15, 2]
