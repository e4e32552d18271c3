"""System calls: the causes of other events."""

from thpsh.trace.events.vma import Exit, Fork, Syscall, VmaMerge, VmaSplit


def test_address_space_changes_have_no_vm_events():
    for event in (
        Syscall(1, "mmap", 0, 4096), VmaMerge(1, 0, 4096), VmaSplit(1, 4096), Fork(1, 2, "app"), Exit(2, "app"),
    ):  # fmt: skip
        assert dict(event.counts()) == {}


def test_a_call_shows_its_arguments_by_name():
    values = Syscall(7, "munmap", 0x200000, 4096).values()
    assert list(values.items())[:4] == [("pid", 7), ("name", "munmap"), ("address", 0x200000), ("length", 4096)]


def test_an_ordinary_exit_has_no_signal():
    assert Exit(1, "app").signal == ""
    assert Exit(1, "app", "SIGKILL").values()["signal"] == "SIGKILL"
