"""A scenario is checked whole before its first line runs."""

import pytest

from tests.scenario.toy import ToySession
from thpsh.errors import UsageError
from thpsh.line.parser import parse as parse_line
from thpsh.scenario import syntax
from thpsh.scenario.parser import parse
from thpsh.scenario.place import ScenarioError


def scenario(text):
    return parse("a.thp", text, syntax.complete)


def test_a_text_is_whole_or_needs_more():
    assert syntax.complete("say a")
    assert not syntax.complete("for x in a; do")
    assert not syntax.complete("say 'a")
    with pytest.raises(UsageError):
        syntax.complete("| cat")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("say a\nnonsense b\n", "a.thp:2:1: nonsense: command not found"),
        ("say a; nonsense\n", "a.thp:1:8: nonsense: command not found"),
        ("for x in a; do\n  say $x\n  nonsense\ndone\n", "a.thp:3:3: nonsense: command not found"),
        ("slots app\n", "a.thp:1:1: slots: expected PROC REGION"),
        ("fails EWHAT say a\n", "a.thp:1:1: "),
        ("fails EINVAL\n", "a.thp:1:1: fails: expected ERRNO and a command"),
        ("fails EINVAL nonsense\n", "a.thp:1:1: nonsense: command not found"),
        ("expect nonsense == 1\n", "a.thp:1:1: 'nonsense': expected a file"),
        ("say a | nonsense\n", "a.thp:1:9: nonsense: command not found"),
    ],
)
def test_the_first_mistake_is_named_with_its_place_and_nothing_runs(text, place):
    session = ToySession()
    with pytest.raises(ScenarioError) as error:
        syntax.check(scenario(text), session)
    assert str(error.value).startswith(place)
    assert session.ran == []


@pytest.mark.parametrize(
    "text", ["# nonsense\n", "$command a\n", "slots $words\n", "slots *\n", "say a | grep -Z | wc\n", "x=nonsense\n"]
)
def test_what_only_running_can_tell_is_let_through(text):
    syntax.check(scenario(text), ToySession())


def test_growth_that_is_asked_for_later_is_watched_from_the_beginning():
    session = ToySession()
    syntax.check(scenario("mark\nexpect table FREE += 1\nexpect slots app buf == H\n"), session)
    assert session.replay.watched == {"table FREE": ("table", "FREE")}


def test_a_word_is_literal_without_expansions():
    (command,) = syntax.simple_commands(parse_line("a 'b c' '*' * $x d$(e)"))
    assert [syntax.literal(word) for word in command.words] == ["a", "b c", "*", None, None, None]


def test_loops_and_pipes_are_opened():
    script = parse_line("a | b && c; for x in d; do e; f; done; y=1")
    assert [syntax.literal(command.words[0]) for command in syntax.simple_commands(script)] == ["a", "b", "c", "e", "f"]


def test_scenarios_inside_scenarios_are_found_with_their_line():
    found = syntax.inner_runs(scenario("# run no\nsay a\nrun one two --quiet $three\nfor x in a; do run four; done\n"))
    assert list(found) == [(3, "one"), (3, "two"), (4, "four")]
