"""The command swapon."""

from tests.commands.typed import Typed


def test_swap_is_there_and_is_used():
    t = Typed(memory=128 << 20)
    assert t("swapon 64M") == "/dev/ram0: 65532 kB of swap, priority -1\n"
    assert t("cat /proc/swaps").splitlines()[1].split() == ["/dev/ram0", "partition", "65532", "0", "-1"]
    assert "SwapTotal:         65532 kB" in t("cat /proc/meminfo")
    t("hog 100M; hog 40M")
    used = int(t("awk '$1 == \"/dev/ram0\" {print $4}' /proc/swaps"))
    assert used > 10_000
    assert f"SwapFree:     {65532 - used:9d} kB".replace(" ", "") in t("cat /proc/meminfo").replace(" ", "")


def test_a_second_device_comes_after_the_first():
    t = Typed()
    t("swapon 1M")
    assert t("swapon 1M") == "/dev/ram1: 1020 kB of swap, priority -2\n"


def test_a_device_needs_room_for_more_than_its_header():
    assert "EINVAL" in Typed().fails("swapon 4K")


def test_the_option_of_the_machine_adds_it_at_boot():
    assert "/dev/ram0" in Typed(swap=1 << 30)("cat /proc/swaps")
