"""The view of TLB reach and walks."""

import json

from tests.commands.typed import with_app


def rows(t, line="tlb app --json"):
    return {row["page"]: row for row in json.loads(t(line))["rows"]}


def test_walks_are_those_of_the_commit():
    found = rows(with_app())
    assert [found["4K"][key] for key in ("native", "guest/4K", "guest/2M", "guest/1G")] == [4, 24, 19, 14]
    assert [found["2M"][key] for key in ("native", "guest/4K", "guest/2M", "guest/1G")] == [3, 19, 15, 11]


def test_reach_is_set_against_what_is_mapped():
    t = with_app()
    t("touch app buf; madvise app buf dontneed; madvise app buf nohugepage; touch app buf 8M")
    found = rows(t)
    assert (found["2M"]["mapped"], found["2M"]["covered"]) == (0, "100%")
    assert (found["4K"]["entries"], found["4K"]["reach"], found["4K"]["covered"]) == (64, "256K", "3%")


def test_expectations_can_name_a_size_and_a_column():
    t = with_app()
    t("touch app buf 4M; expect tlb app 2M mapped == 2")
    t("expect tlb app 2M guest/2M == 15; expect tlb app 2M reach == 64M")


def test_only_sizes_that_the_emulated_kernel_maps():
    assert "1G" in with_app().fails("tlb app 1G", 2)


def test_the_last_touch_is_remembered():
    t = with_app()
    assert t("tlb app last") == "no `touch` yet\n"
    t("touch app buf 4M; expect tlb app last accesses == 1024; expect tlb app last missed-2M == 2")
    t("touch app buf 2M --stride 1; expect tlb app last missed-4K == 0")
    t("expect tlb app last us > 295; expect tlb app last us < 297")  # 2 MiB at 0.141 ns a byte
