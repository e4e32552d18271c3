"""The command uname."""

from tests.commands.typed import Typed


def test_uname_and_the_kernel_agree():
    t = Typed(kernel="2.6.39")
    assert t("uname -r") == "2.6.39\n"
    assert t("uname") == "Linux\n"
    assert t("uname -a").startswith("Linux thpsh 2.6.39 #1 SMP Thu May 19")
