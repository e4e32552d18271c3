"""Arithmetic between $(( and ))."""

import pytest

from tests.line.fake import output, run
from thpsh.errors import UsageError
from thpsh.line.arithmetic import evaluate, parse_arithmetic


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("7-2-1", 4),
        ("2M/4K", 512),
        ("0x10 + 1", 17),
        ("-3 + 5", 2),
        ("7/2", 3),
        ("-7/2", -3),
        ("-7 % 3", -1),
        ("size/4K * writes/100", 26214),
        ("$size - ${size}", 0),
    ],
)
def test_it_counts_as_a_shell_does_and_knows_sizes(text, value):
    assert evaluate(parse_arithmetic(text), {"size": "1G", "writes": "10"}) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the end: expected a number or a name"),
        ("1+", "the end: expected a number or a name"),
        ("1 2", "'2': expected an operator or ))"),
        ("(1", "the end: expected )"),
        ("1 ^ 2", "'^': expected a number, a name or one of"),
        ("4X", "'4X': expected a size"),
        ("99999999T", "more than 64 bits"),
        ("(" * 60 + "1" + ")" * 60, "more than 50 parentheses deep"),
    ],
)
def test_what_is_no_expression_is_named(text, said):
    with pytest.raises(UsageError) as error:
        parse_arithmetic(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "x: no variable of that name"),
        ("w", "w is 'many': expected a number or size"),
        ("1/0", "1 / 0: division by zero"),
        ("5 % (2-2)", "5 % 0: division by zero"),
        ("16777215T * 2", "more than 64 bits"),
    ],
)
def test_what_has_no_value_is_named(text, said):
    with pytest.raises(UsageError) as error:
        evaluate(parse_arithmetic(text), {"w": "many"})
    assert said in str(error.value)


def test_it_stands_wherever_a_word_does():
    assert output("x=2M; echo $((x/2)) a$((x+1))b \"$((3 * (1 + 1)))\" '$((1))'") == "1048576 a2097153b 6 $((1))\n"
    assert output("for i in 1 2; do echo $((i*i)); done") == "1\n4\n"


def test_an_error_in_a_line_has_status_2():
    status, _, err = run("echo $((1/0)); echo on")
    assert err == "$((…)): 1 / 0: division by zero\n"
    assert status == 0
