"""What this machine counts."""

import pytest

from tests.cli.record.host import needs_host
from thpsh.cli.record.counters import Counters, read_number


@needs_host
def test_only_what_moved_is_told():
    counters = Counters()
    counters.watched.append("nr_")
    counters.since()
    moved = counters.since()
    assert all(moved.values())
    assert all(name.startswith(("thp_", "compact_", "pg", "swap_ra", "pswp", "nr_", "pages_c")) for name in moved)


@pytest.mark.parametrize(("text", "number"), [("17\n", 17), ("many\n", None), (None, None)])
def test_a_file_without_a_number_has_none(tmp_path, text, number):
    path = tmp_path / "n"
    if text is not None:
        path.write_text(text)
    assert read_number(str(path)) == number
