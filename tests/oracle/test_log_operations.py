from tests.oracle.cases import replay
from thpsh.trace.events.printk import Printk


def test_only_lines_since_the_last_time_are_told():
    run, found = replay("spawn A", "dmesg")
    assert found[-1].results["value"] == ""
    run.machine.kernel.trace.emit(Printk("one\ntwo"))
    assert told(run) == "one\ntwo\n"
    assert told(run) == ""


def test_processes_have_their_recorded_names_and_frame_numbers_none():
    run, _ = replay("spawn A")
    pid = run.recorder.processes["A"].task.pid
    run.machine.kernel.trace.emit(Printk(f"MCE 0x7f3a1: Killing A:{pid} early\nKilled process {pid} (A)"))
    assert told(run) == "MCE 0xPFN: Killing exe:{A} early\nKilled process {A} (exe)\n"


def test_numbers_that_are_no_pid_stay():
    run, _ = replay("spawn A")
    pid = run.recorder.processes["A"].task.pid
    run.machine.kernel.trace.emit(Printk(f"total-vm:{pid}8kB 0x{pid}"))
    assert told(run) == f"total-vm:{pid}8kB 0x{pid}\n"


def told(run):
    from tests.oracle.cases import op, recording

    return run.do(recording(op("dmesg")).operations[0]).results["value"]
