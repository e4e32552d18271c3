"""The rules of a program and their statements."""

import pytest

from thpsh.errors import UsageError
from thpsh.line.awk.parser import parse
from thpsh.line.awk.syntax import Assign, Evaluate, Field, ForIn, If, Jump, Name, Number, Print, Regex, While


def statement(text):
    """The only statement of a BEGIN rule."""
    (rule,) = parse("BEGIN {" + text + "}")
    (found,) = rule.action
    return found


def test_a_program_is_rules_of_a_pattern_and_an_action():
    rules = parse("BEGIN {x = 1}; /a/ {print}\n$1\nNR == 1, /b/ {next}\nEND {print x}")
    assert [rule.kind for rule in rules] == ["BEGIN", "", "", "", "END"]
    assert rules[1].pattern == Regex("a")
    assert rules[1].action == (Print((), formatted=False),)
    assert (rules[2].pattern, rules[2].action) == (Field(Number(1.0)), None)
    assert rules[3].last == Regex("b")


def test_an_empty_program_and_an_empty_action_are_fine():
    assert parse("") == parse(" ;\n") == []
    assert parse("{}")[0].action == ()


def test_else_belongs_to_the_nearest_if_also_on_another_line():
    found = statement("if (a) x; else if (b) y\nelse z")
    assert isinstance(found, If)
    (inner,) = found.no
    assert isinstance(inner, If)
    assert inner.no == (Evaluate(Name("z")),)


def test_a_for_loop_is_a_while_loop_with_a_beginning_and_a_step():
    (rule,) = parse("BEGIN {for (i = 0; i; i = 2) x}")
    first, loop = rule.action
    assert first == Evaluate(Assign(Name("i"), "", Number(0.0)))
    assert loop == While(Name("i"), (Evaluate(Name("x")),), (Evaluate(Assign(Name("i"), "", Number(2.0))),))
    assert statement("for (;;) break") == While(None, (Jump("break"),))
    assert statement("for (k in a) x") == ForIn("k", "a", (Evaluate(Name("x")),))


def test_a_list_in_parentheses_is_what_print_prints():
    assert statement("print (a, b)") == Print((Name("a"), Name("b")), formatted=False)
    assert statement("print a, b") == Print((Name("a"), Name("b")), formatted=False)
    assert len(statement("print (a) (b)").arguments) == 1


def test_exit_has_a_status_or_none():
    assert statement("exit") == Jump("exit")
    assert statement("exit 3") == Jump("exit", Number(3.0))


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("BEGIN", "the end at character 6: expected {"),
        ("{print 1", "the end at character 9: expected a value"),
        ("{next 1}", "expected ; or a new line"),
        ("{a b c} }", "'}' at character 9: expected a value"),
        ("{if a}", "'a' at character 5: expected ("),
        ("{do {} while (1)}", "do is not known"),
        ("{print > 5}", "print cannot redirect"),
        ("{printf}", "expected a format"),
        ("{x = 1 y}}", "expected"),
        ("{for (k in 5) x}", "expected"),
        ("{delete 5}", "expected name"),
    ],
)
def test_what_was_expected_is_said_with_its_place(program, message):
    with pytest.raises(UsageError) as error:
        parse(program)
    assert message in str(error.value)
