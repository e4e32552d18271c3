"""The command swapoff."""

from tests.commands.typed import Typed


def test_everything_comes_back_and_the_device_is_gone():
    t = Typed(memory=128 << 20, swap=64 << 20)
    t("hog 100M; hog 40M; exit hog2")
    back = t("swapoff")
    assert back.startswith("/dev/ram0: ")
    assert int(back.split()[1]) > 1000
    assert len(t("cat /proc/swaps").splitlines()) == 1
    assert "SwapCached:            0 kB" in t("cat /proc/meminfo")


def test_it_refuses_what_does_not_fit():
    t = Typed(memory=128 << 20, swap=128 << 20)
    t("hog 100M; hog 90M")
    assert "ENOMEM" in t.fails("swapoff /dev/ram0")
    assert "/dev/ram0" in t("cat /proc/swaps")


def test_a_device_that_is_not_there_and_no_device_at_all():
    t = Typed()
    assert "EINVAL" in t.fails("swapoff /dev/ram7")
    assert t("swapoff") == "there is no swap\n"
