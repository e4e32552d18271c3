"""A secondary MMU uses memory."""

from tests.commands.typed import with_app


def test_a_guest_says_how_much_it_used():
    t = with_app()
    assert t("guest app buf 64K") == "16 pages used by the guest\n"
    assert t("guest app buf 64K --read") == "16 pages used by the guest\n"


def test_what_only_the_guest_uses_can_become_huge():
    t = with_app(cmdline="transparent_hugepage=never")
    t("touch app buf 2M; drain; echo 1 > /proc/app/clear_refs; guest app buf 2M --read")
    t("echo always > /sys/kernel/mm/transparent_hugepage/enabled; touch app buf+4M; drain; tick 1m")
    assert t("slots app buf").startswith("H")


def test_a_range_that_is_not_mapped_is_refused():
    t = with_app()
    assert t.run("guest app buf+16M 4K")[0] != 0
