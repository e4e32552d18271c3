"""The command free."""

import json

from tests.commands.typed import Typed, with_app


def memory(t: Typed) -> dict[str, int]:
    return json.loads(t("free --json"))["rows"][0]


def swap(t: Typed) -> dict[str, int]:
    return json.loads(t("free --json"))["rows"][1]


def test_free_adds_up():
    row = memory(with_app())
    assert row["used"] + row["free"] == row["total"] == 1029328


def test_eight_huge_pages_are_sixteen_mebibytes_until_unmapped():
    t = with_app()
    before = memory(t)["used"]
    t("touch app buf")
    grown = memory(t)["used"] - before
    assert grown >= 8 * 2048
    t("munmap app buf")
    assert before + grown - memory(t)["used"] >= 8 * 2048


def test_shared_memory_is_cached_memory():
    t = with_app()
    before = memory(t)
    t("mmap app common 1M --shared; touch app common")
    after = memory(t)
    assert (after["shared"] - before["shared"], after["cached"] - before["cached"]) == (1024, 1024)


def test_a_host_without_swap_shows_none():
    assert [swap(with_app())[column] for column in ("total", "used", "free", "cached")] == [0, 0, 0, 0]


def test_the_first_page_of_swap_is_its_header():
    row = swap(with_app(swap=64 << 20))
    assert (row["total"], row["used"], row["free"]) == (65536 - 4, 0, 65532)
