"""The command debug_vm."""

from tests.commands.typed import Typed, with_app


def test_debug_vm_counts_the_rules_that_hold():
    assert with_app()("debug_vm").endswith("rules hold\n")


def test_a_host_that_stopped_in_the_middle_of_something_is_not_compared():
    t = Typed(revert=("13",))
    t("spawn app; inject exec_copy 1")
    assert "Kernel panic" in t.fails("exec app --args 5M --stack 32M")
    assert t("debug_vm") == "the host stopped in the middle of something: there is nothing to compare\n"
    t("reset")
    assert t("debug_vm").endswith("rules hold\n")
