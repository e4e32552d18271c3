"""The command dmesg."""

from tests.commands.typed import Typed


def test_dmesg_begins_with_the_banner():
    assert "Linux version 3.0.0" in Typed()("dmesg | head -n 1")


def test_the_command_line_is_in_the_log():
    t = Typed(cmdline="transparent_hugepage=never")
    assert t("dmesg | grep 'Command line'").endswith("Command line: transparent_hugepage=never\n")


def test_swap_of_the_boot_is_announced_less_its_header():
    assert "Adding 65532k swap on " in Typed(swap=64 << 20)("dmesg")


def test_a_killing_of_the_oom_killer_is_in_the_log_and_undo_takes_it_out():
    t = Typed(memory=512 << 20)
    t("spawn big; mmap big one 300M; mmap big two 300M; touch big one")
    before = t("dmesg")
    t.run("touch big two")
    after = t("dmesg")
    assert after.startswith(before)
    assert "Out of memory: Kill process 100 (big)" in after
    t("undo")
    assert t("dmesg") == before


def test_an_argument_is_refused():
    assert "'x'" in Typed().fails("dmesg x", 2)
