"""This host beside the emulator."""

from tests.cli.record.host import needs_host
from thpsh.cli.record import twin
from thpsh.cli.record.twin import both

SCRIPT = ("spawn A", "mmap A r 16K", "write /sys/kernel/mm/transparent_hugepage/enabled never", "touch A r 16K write")


@needs_host
def test_what_both_do_alike_is_no_finding():
    assert both(SCRIPT) is None


@needs_host
def test_a_difference_without_a_reason_is_a_finding(monkeypatch):
    real = twin.recorded

    def lying(*arguments):
        trace = real(*arguments)
        trace["ops"][2]["minflt"] += 1
        return trace

    monkeypatch.setattr(twin, "recorded", lying)
    found = both(SCRIPT)
    assert found.kind == "touch minflt"
    assert found.lines == ("spawn A", "mmap A r 16K", "touch A r 16K write")
    assert found.problem.startswith("minflt: 5 on ")
