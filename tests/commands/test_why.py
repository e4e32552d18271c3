"""The command why."""

import json

from tests.commands.typed import Typed, with_app


def test_an_errno_with_its_reason_and_the_function_that_said_so():
    host = with_app()
    host.fails("madvise app buf+1 4K hugepage")
    text = host("why")
    assert text.startswith("`madvise app buf+1 4K hugepage` ended with EINVAL: Invalid argument\n")
    assert "because: 0x200000000001 is no multiple of the page size\n" in text
    assert "said by: madvise\n" in text
    assert "mm/madvise.c" in text


def test_a_word_that_was_not_understood():
    host = with_app()
    host.fails("touch app bux", 2)
    assert host("why").startswith("`touch app bux` was not understood:\n")


def test_nothing_failed_yet():
    assert Typed()("why") == "no command has failed yet\n"


def test_what_fell_back_is_told_though_no_command_failed():
    host = Typed()
    host("cgroup create g 1M; spawn app; cgroup attach g app; mmap app buf 4M; touch app buf 4K")
    found = json.loads(host("why --json"))
    assert found["failure"] is None
    [text] = found["setbacks"]
    assert text.endswith("a fault at 0x200000000000 of pid 100 took small pages: no room in /g")
