"""/sys/kernel/debug/tracing."""

import re

from tests.commands.typed import with_app

TRACE = "/sys/kernel/debug/tracing/trace"


def test_a_line_has_task_cpu_time_and_event():
    host = with_app(memory=2 << 30)
    host("touch app buf 2M")
    lines = host(f"cat {TRACE}").splitlines()
    assert lines[:4] == [
        "# tracer: nop",
        "#",
        "#           TASK-PID    CPU#    TIMESTAMP  FUNCTION",
        "#              | |       |          |         |",
    ]
    [line] = [line for line in lines if "thp_fault_alloc" in line]
    assert re.fullmatch(r" {13}app-100   \[000\] +0\.\d{6}: thp_fault_alloc: pid=100 address=0x200000000000 .*", line)


def test_a_write_empties_it_and_tracing_on_stops_it():
    host = with_app()
    host(f"echo > {TRACE}; echo 0 > /sys/kernel/debug/tracing/tracing_on; touch app buf 2M")
    assert len(host(f"cat {TRACE}").splitlines()) == 4
    assert host("cat /sys/kernel/debug/tracing/tracing_on") == "0\n"
    assert "expected 0 or 1" in host.fails("echo 2 > /sys/kernel/debug/tracing/tracing_on")


def test_khugepaged_traces_as_itself():
    host = with_app(drained=True)
    host("madvise app buf 2M nohugepage; touch app buf 2M; touch app buf+2M 4K; madvise app buf 2M hugepage; tick 12s")
    assert re.search(r"(?m)^ +khugepaged-\d+ .* mm_collapse_huge_page: ", host(f"cat {TRACE}"))
