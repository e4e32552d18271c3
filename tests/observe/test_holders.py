"""Physical memory seen from the processes."""

from tests.commands.typed import Typed, with_app
from thpsh.observe.holders import MIXED, SHARED, UNMAPPED, holders


def held(host: Typed) -> tuple[dict[str, int], str]:
    """Pages by name, and the letters of all pageblocks that have an object."""
    kernel = host.session.machine.kernel
    found = holders(kernel)
    letters = (found.letter(zone, block) for zone in kernel.zones for block in zone.pageblocks.values())
    return {each.name: each.pages for each in found.processes.values()}, "".join(letters)


def test_what_a_process_maps_is_its_rss():
    host = with_app()
    host("touch app buf 5M; munmap app buf+1M 64K; fork app kid; touch kid buf+2M 8K")
    rss = {task.name: task.mm.rss for task in host.session.machine.kernel.tasks.values() if task.mm is not None}
    pages, _ = held(host)
    twice = 1  # a page of the program that two of its areas map
    assert all(0 <= rss[name] - count <= twice for name, count in pages.items())


def test_shared_memory_and_page_cache_have_signs_of_their_own():
    host = with_app()
    host("touch app buf 4M; hog 8M --file; fork app kid")
    _, letters = held(host)
    assert letters.count(SHARED) >= 2
    assert letters.count(UNMAPPED) >= 4
    assert "a" not in letters


def test_pages_of_the_pool_belong_to_who_maps_them():
    host = with_app()
    host("sysctl vm.nr_hugepages=3; mmap app pool 4M --hugetlb; touch app pool")
    pages, letters = held(host)
    assert letters.count("a") == 2
    assert pages["app"] >= 1024


def test_where_nobody_has_more_than_half_it_is_mixed():
    host = with_app(cmdline="transparent_hugepage=never")
    host("spawn b; mmap b x 4M; for i in $(seq 0 499); do touch app buf+$((i * 4K)) 4K; touch b x+$((i * 4K)) 4K; done")
    _, letters = held(host)
    assert MIXED in letters


def test_letters_are_of_the_name_as_long_as_there_are_some():
    host = Typed()
    host("for i in $(seq 70); do spawn aa$i; done")
    found = [each.letter for each in holders(host.session.machine.kernel).processes.values()]
    assert found[:5] == ["i", "a", "1", "A", "3"] or found[1] == "a"
    assert len(set(found)) == 63
    assert found[-1] == "?"
