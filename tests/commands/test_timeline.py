"""The command timeline."""

import json

from tests.commands.typed import Typed


def used():
    host = Typed(memory=1 << 30)
    host("spawn app; mmap app buf 256M")
    host("touch app buf")
    host("tick 10s")
    host("exit app")
    return host


def test_the_samples():
    found = json.loads(used()("timeline --json"))
    assert [each["huge"] for each in found][-2:] == [128 * 512, 0]
    assert found[-1]["time"] - found[-2]["time"] > 10 * 10**9


def test_the_chart_fits_80_columns_and_names_its_letters():
    text = used()("timeline")
    assert max(map(len, text.splitlines())) <= 80
    assert "####" in text
    assert "# anonymous, huge pages 0, o anonymous, small pages" in text


def test_undo_takes_it_back_too():
    host = used()
    host("undo")
    assert json.loads(host("timeline --json"))[-1]["huge"] == 65536


def test_since_a_mark_or_a_while():
    host = used()
    assert host("timeline --since 1ms --steps") != host("timeline --steps")
    host("mark later; tick 5s")
    assert host("timeline --since 1s") == "nothing has changed since then\n"
    assert "expected a mark, a snapshot, or a duration" in host.fails("timeline --since nowhere", 2)


def test_one_process_by_kind():
    host = Typed(memory=1 << 30)
    host("swapon 64M; spawn app; mmap app buf 16M; touch app buf 9M")
    host("munmap app buf+1M 64K; tick 5s; fork app kid; exit app")
    found = json.loads(host("timeline --proc app --json"))
    assert [each["huge"] for each in found][-3:] == [5 * 512, 4 * 512, 0]
    assert found[-2]["small"] >= 496
    assert json.loads(host("timeline --proc kid --json"))[0]["huge"] == 4 * 512
    text = host("timeline --proc kid")
    assert text.startswith("   12M|")
    assert max(map(len, text.splitlines())) <= 80
    assert text.endswith("c files and shared memory 4K, T hugetlbfs 0\n")


def test_the_chart_of_a_process_goes_on_until_now_and_after_its_end():
    host = Typed(memory=1 << 30)
    host("spawn app; mmap app buf 4M; touch app buf; tick 9s")
    assert host("timeline --proc app").splitlines()[17].endswith(" 9.007 s")
    host("exit app; reap; tick 9s")
    lines = host("timeline --proc app").splitlines()
    assert lines[15].endswith("|" + " " + "#" * 35)
    host("undo")
    assert json.loads(host("timeline --proc app --json"))[-1]["huge"] == 1024


def test_what_is_collapsed_while_time_passes_is_seen_in_between():
    host = Typed(memory=1 << 30)
    host("echo never > /sys/kernel/mm/transparent_hugepage/enabled; spawn app; mmap app buf 32M; touch app buf; drain")
    host("echo always > /sys/kernel/mm/transparent_hugepage/enabled; madvise app buf hugepage; touch app buf 4K")
    host("mmap app new 2M; touch app new 4K; tick 60s")
    assert len({each["huge"] for each in json.loads(host("timeline --proc app --json"))}) > 3


def test_who_has_no_memory_is_refused():
    host = Typed(memory=1 << 30)
    assert "'nobody': no such process; there are init" in host.fails("timeline --proc nobody", 2)
    assert "kswapd0 is a kernel thread" in host.fails("timeline --proc kswapd0")
