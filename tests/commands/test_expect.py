"""The command expect."""

from tests.commands.typed import with_app


def test_expectations_hold_or_say_what_was_found():
    t = with_app()
    assert t("expect slots app buf == ........") == "held\n"
    t("mark; touch app buf 2M")
    assert t("expect /proc/vmstat thp_fault_alloc += 1") == "held\n"
    err = t.fails("expect /proc/vmstat thp_fault_alloc += 2")
    assert "expected: += 2" in err
    assert "last events" in err
