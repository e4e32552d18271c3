"""The command trace."""

from tests.commands.typed import with_app


def test_trace_can_be_read_and_switched():
    t = with_app()
    t("touch app buf 2M")
    assert "address=0x200000000000" in t("trace show thp_fault_alloc")
    t("trace off; touch app buf+2M 2M")
    assert t("trace show thp_fault_alloc").count("thp_fault_alloc") == 1
    assert "tracing is off" in t("trace show")
    assert "trace 12: no such event; known: access_loop, " in t.fails("trace show 12", 2)
    assert "gfp=0x4352da" in t("trace show mm_page_alloc")
    assert t("grep thp_fault_alloc /proc/vmstat") == "thp_fault_alloc 2\n"


def test_locks_and_lint():
    t = with_app()
    assert t("trace lint") == "no lock events in the buffer; `trace locks on` makes them\n"
    t("trace locks on; touch app buf 4K")
    assert t("trace lint").startswith("nothing found in ")
    assert "expected trace locks on" in t.fails("trace locks", 2)
