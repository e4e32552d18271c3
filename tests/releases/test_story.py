"""The stories: every change has one, and what it points at is there."""

import re

import pytest

from tests.commands.typed import with_app
from thpsh.errors import KernelError
from thpsh.fs.vfs import Vfs
from thpsh.releases import CHANGES
from thpsh.releases.story import story_of

NOT_FOUND, USAGE = 127, 2
SHOWN = ("/proc/vmstat", "/proc/meminfo", "/cgroup/memory.stat", "/sys/devices/system/node/node0/numastat")


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_it_tells_problem_mechanism_and_effect(change):
    story = story_of(change)
    for text in (story.problem, story.mechanism, story.effect):
        assert re.fullmatch(r"[A-Z_a-z`0-9].*[.]", text), text


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_its_commands_can_be_typed(change):
    host = with_app(memory=2 << 30)
    for line in story_of(change).look:
        status, _, errors = host.run(line)
        assert status not in (NOT_FOUND, USAGE), (line, errors)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_its_files_and_counters_are_there_in_3_0(change):
    files = Vfs(with_app().session.machine)
    story = story_of(change)
    for path in story.files:
        try:
            files.kind(path)
        except KernelError:
            pytest.fail(f"{path} is not there")
    words = {word.rstrip(":") for path in SHOWN for word in files.read(path).split()}
    assert set(story.counters) <= words | {"AnonHugePages"}
