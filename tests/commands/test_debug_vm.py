"""The command debug_vm."""

from tests.commands.typed import with_app


def test_debug_vm_counts_the_rules_that_hold():
    assert with_app()("debug_vm").endswith("rules hold\n")
