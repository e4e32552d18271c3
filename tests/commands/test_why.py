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
    assert Typed()("why") == "no command has ended with an error yet\n"


def test_what_fell_back_is_told_though_no_command_failed():
    host = Typed()
    host("cgroup create g 1M; spawn app; cgroup attach g app; mmap app buf 4M; touch app buf 4K")
    found = json.loads(host("why --json"))
    assert found["failure"] is None
    [text] = found["setbacks"]
    assert text.endswith("a fault at 0x200000000000 of pid 100 took small pages: no room in /g")


def test_the_oom_killer_is_told_with_the_function_that_called_it():
    host = Typed(memory=600 << 20)
    host.run("spawn app; mmap app a 400M; mmap app b 400M; touch app a; touch app b")
    [text] = [each for each in json.loads(host("why --json"))["setbacks"] if "Kill process" in each]
    assert "Out of memory: Kill process 100 (app) score " in text
    assert text.endswith("(__alloc_pages_may_oom: reclaim found no page in any zone that was allowed)")


def test_a_group_that_kills_is_told_apart():
    host = Typed()
    host.run("cgroup create g 4M; spawn app; cgroup attach g app; mmap app a 8M; touch app a")
    [text] = [each for each in json.loads(host("why --json"))["setbacks"] if "Kill process" in each]
    assert text.endswith("(mem_cgroup_out_of_memory: reclaim found no page in the group)")


def test_an_error_further_back_by_its_name():
    host = with_app()
    host.fails("madvise app buf+1 4K hugepage")
    host.fails("munmap app buf+1 4K")
    host.fails("cat /proc/nothing")
    assert host("why").startswith("`cat /proc/nothing` ended with ENOENT")
    assert host("why EINVAL").startswith("`munmap app buf+1 4K` ended with EINVAL")
    assert host("why ENOMEM") == "no command has ended with ENOMEM yet\n"
    assert "'ENOTHING': expected the name of an error" in host.fails("why ENOTHING", 2)


def test_a_write_that_the_kernel_refused():
    host = with_app()
    host.run("echo sometimes > /sys/kernel/mm/transparent_hugepage/enabled")
    assert host("why").startswith("`echo sometimes > /sys/kernel/mm/transparent_hugepage/enabled` ended with EINVAL")


def test_memory_errors_that_nobody_could_handle_are_told():
    host = with_app()
    host("echo 1 > /proc/sys/vm/nr_hugepages; mmap app huge 2M --hugetlb; touch app huge")
    host("madvise app huge 4K soft_offline; touch app buf 2M; madvise app buf 4K hwpoison")
    texts = json.loads(host("why --json"))["setbacks"]
    assert any("ended with ENOMEM: the pool has no free page on this node" in text for text in texts)
    assert any("(unknown page state) was not handled: Failed, 1 users left" in text for text in texts)
