"""The command mark."""

from tests.commands.typed import with_app


def test_growth_counts_from_the_last_mark():
    t = with_app()
    t("mark a; touch app buf 2M; mark b; touch app buf+2M 4M")
    assert t("expect /proc/vmstat thp_fault_alloc += 2") == "held\n"
    assert t.session.replay.mark.name == "b"


def test_a_mark_has_one_name():
    t = with_app()
    assert "'b': expected no such word" in t.fails("mark a b", 2)
    assert t.session.replay.mark is None
