"""A recorded process from inside, asked as the recorder does."""

import mmap

import pytest

from tests.cli.record.host import needs_host
from thpsh.cli.record.process import start

pytestmark = needs_host
PAGE = 4096
WHERE = 0x200000000000


@pytest.fixture
def process():
    found = start("A")
    yield found
    found.bury()


def test_faults_of_a_request_are_those_of_its_pages_alone(process):
    process.ask("mmap", WHERE, 3000 * PAGE, 3, "private")
    process.ask("madvise", WHERE, 3000 * PAGE, mmap.MADV_NOHUGEPAGE)
    assert process.ask("touch", WHERE, 3000 * PAGE, True, PAGE) == {"minflt": 3000, "majflt": 0}
    assert process.ask("mincore", WHERE, 3000 * PAGE)["resident"] == 3000


def test_the_first_place_that_cannot_be_touched_is_named(process):
    process.ask("mmap", WHERE, 8 * PAGE, 3, "private")
    process.ask("mprotect", WHERE + 3 * PAGE, PAGE, 0)
    assert process.ask("touch", WHERE, 8 * PAGE, False, PAGE)["at"] == WHERE + 3 * PAGE
    assert process.ask("touch", WHERE, 8 * PAGE, True, PAGE)["at"] == WHERE + 3 * PAGE


@pytest.mark.parametrize("kind", ["private", "shared", "devzero", "file"])
def test_each_kind_of_mapping_can_be_written(process, kind):
    assert process.ask("mmap", WHERE, 4 * PAGE, 3, kind)["ret"] == WHERE
    assert "at" not in process.ask("touch", WHERE, 4 * PAGE, True, PAGE)


def test_its_own_program_is_out_of_reach(process):
    assert "own program" in process.ask("munmap", 0, 1 << 47)["skipped"]
    assert "own program" in process.ask("mmap", WHERE, (1 << 47) - WHERE - PAGE, 3, "private")["skipped"]
    process.ask("mmap", WHERE, PAGE, 3, "private")
    assert "own program" in process.ask("mremap", WHERE, PAGE, (1 << 47) - WHERE - 2 * PAGE, 3, WHERE + PAGE)["skipped"]
    assert process.alive()


def test_pinned_pages_are_counted_and_let_go(process):
    process.ask("mmap", WHERE, 4 * PAGE, 3, "private")
    process.ask("touch", WHERE, 4 * PAGE, True, PAGE)
    assert process.ask("pin", WHERE, 4 * PAGE)["pinned"] == 4
    assert process.ask("unpin") == {"minflt": 0, "majflt": 0}
