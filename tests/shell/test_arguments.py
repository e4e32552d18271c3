"""The arguments of a command, noted for completion."""

from thpsh.commands import registry
from thpsh.shell.arguments import Arguments, expected_argument


def arguments(name):
    return Arguments(registry.find(name))


def test_positionals_and_options_are_noted_in_order():
    found = arguments("mmap")
    assert found.positionals == ["proc", "region", "size"]
    assert {"--at", "--offset", "--prot", "--shared", "--locked"} <= set(found.options)
    assert "--prot" in found.valued
    assert "--shared" not in found.valued


def test_options_of_a_group_are_noted_too():
    assert "--memory" in arguments("boot").valued


def test_the_next_argument_is_counted_past_options():
    found = arguments("mmap")
    assert expected_argument(found, [])[0] == "proc"
    assert expected_argument(found, ["--shared", "app"])[0] == "region"
    assert expected_argument(found, ["--offset", "4K", "app"])[0] == "region"
    assert expected_argument(found, ["app", "--prot"]) == ("prot", ("none", "r", "rw"))


def test_a_command_without_arguments_expects_none():
    assert expected_argument(arguments("quit"), []) == ("", ())
