"""A recorded process from outside."""

import os
import signal

import pytest

from tests.cli.record.host import needs_host
from thpsh.cli.record.process import Dead, start
from thpsh.oracle.words import Refused

pytestmark = needs_host


@pytest.fixture
def process():
    found = start("A")
    yield found
    found.bury()


def test_it_answers_until_it_dies(process):
    assert process.alive()
    assert process.ask("madvise", 0, 0, 0)["ret"] == 0
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(Dead, match="A"):
        process.ask("madvise", 0, 0, 0)


def test_nobody_stays_behind(process):
    child = process.fork("B")
    child.ask("madvise", 0, 0, 0)
    child.end()
    process.end()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_a_place_is_a_region_and_an_offset(process):
    process.regions["r"] = (0x1000, 0x2000)
    assert process.place("r+4K") == 0x2000
    with pytest.raises(Refused, match="no such region"):
        process.place("q")
