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
    assert t.fails("trace off lock", 2) == "trace: 'lock': expected nothing after trace off\n"
    assert t.session.machine.trace.on


def test_where_there_is_no_such_event_it_says_so():
    t = with_app()
    assert t("trace show thp_split") == "no such event in the buffer\n"


def test_patterns_processes_and_indentation():
    host = with_app()
    host("spawn other; mmap other x 2M; touch other x; touch app buf 4M; munmap app buf+1M 4K")
    assert host("trace show thp_* --proc other").count("thp_fault_alloc") == 1
    assert host("trace show --event thp_fault_* --proc app").count("thp_fault_alloc") == 2
    lines = host("trace show syscall,thp_split --proc app -n 2").splitlines()
    assert [line.split()[1][0] for line in lines[1:]] == ["#", "#"]
    assert lines[2].index("#") == lines[1].index("#") + 2  # the split stands below the call that caused it
    assert "no event has such a name" in host.fails("trace show xyz*", 2)
    assert "no such process" in host.fails("trace show --proc nobody", 2)
