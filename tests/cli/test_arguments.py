"""The command line: forms, machine options in any place, refusals."""

import pytest

from thpsh.cli import arguments
from thpsh.errors import UsageError


@pytest.mark.parametrize(
    ("words", "form", "given"),
    [
        ([], "", {"command": None}),
        (["-c", "ls"], "", {"command": "ls"}),
        (["-c", "-x"], "", {"command": "-x"}),
        (["-c", ""], "", {"command": ""}),
        (["--memory", "2G", "-c", "ls", "--cpus", "4"], "", {"memory": "2G", "cpus": "4", "command": "ls"}),
        (["run", "tour"], "run", {"words": ["tour"]}),
        (["--memory", "run", "run", "run"], "run", {"memory": "run", "words": ["run"]}),
        (["run", "--quiet", "a", "--memory=2G", "b"], "run", {"words": ["a", "b"], "quiet": True, "memory": "2G"}),
        (["run", "a", "--json", "-", "--junit", "x.xml"], "run", {"json": "-", "junit": "x.xml"}),
        (["compare", "a.json", "--json"], "compare", {"words": ["a.json"], "json": True}),
        (["bench"], "bench", {"words": [], "rounds": 5}),
        (["bench", "touch", "--rounds", "7"], "bench", {"words": ["touch"], "rounds": 7}),
        (["--no-pse", "--highpte", "--drained", "--intended"], "", {"no_pse": True, "highpte": True, "drained": True}),
        (["--version"], "", {"version": True}),
    ],
)
def test_what_the_words_mean(words, form, given):
    options = vars(arguments.parse(words))
    assert options["form"] == form
    assert {name: options[name] for name in given} == given


def test_an_option_that_is_not_given_leaves_no_trace():
    assert "memory" not in vars(arguments.parse(["-c", "ls"]))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tour"], "tour: no such form; expected run, compare, record, bench"),
        (["--nonsense"], "--nonsense"),
        (["run"], "FILE|FOLDER|NAME"),
        (["run", "tour", "--nonsense"], "--nonsense"),
        (["run", "tour", "--qui"], "--qui"),
        (["bench", "--rounds", "many"], "many"),
        (["--memory"], "--memory: expected a value after it"),
        (["--memory", "-c", "ls"], "--memory: expected a value after it"),
        (["-c"], "-c"),
    ],
)
def test_what_is_wrong_is_named(words, message):
    with pytest.raises(UsageError) as error:
        arguments.parse(words)
    assert message in str(error.value)


def test_what_is_not_built_is_not_in_the_help(capsys):
    with pytest.raises(SystemExit):
        arguments.parse(["--help"])
    assert "thpsh export" not in capsys.readouterr().out
