"""The table of filters: each takes the options that help says, and no others."""

import pytest

from tests.line.fake import run
from thpsh.errors import UsageError
from thpsh.line.filters.known import FILTERS, about

FILES = {"/f": "b 2\na 10\n"}
WORDS = {"grep": "a /f", "egrep": "a /f", "fgrep": "a /f", "sed": "1p /f", "awk": "1 /f", "cut": "/f"}
VALUES = {"-k F[,F]": "1", "-t CHAR": ":", "-d CHAR": ":", "-f LIST": "1", "-c LIST": "1", "-b LIST": "1",
          "-e SCRIPT": "1p", "-F CHARS": ":", "-v NAME=VALUE": "x=1", "-e RE": "a"}  # fmt: skip
TAKEN = [(name, option) for name, each in FILTERS.items() for option in each.options]


@pytest.mark.parametrize(("name", "option"), TAKEN)
def test_each_option_that_help_lists_is_taken(name, option):
    word, _, value = option.partition(" ")
    words = f"{word.replace('-N', '-1')} {VALUES.get(option, '1' if value else '')}"
    if name == "cut" and word in ("-d", "-s"):
        words += " -f 1"
    rest = {"tr": "a b", "tee": "", **WORDS}.get(name, "/f")
    rest = rest.removeprefix("a ").removeprefix("1p ") if word == "-e" else rest
    status, _, err = run(f"echo x | {name} {words} {rest}", FILES)
    assert "option" not in err
    assert (status, err) in ((0, ""), (1, ""))


@pytest.mark.parametrize("name", FILTERS)
def test_an_option_that_is_not_listed_is_refused_with_those_there_are(name):
    plain, valued = FILTERS[name].letters()
    unknown = next(letter for letter in "zyjkJ" if letter not in plain + valued)
    status, _, err = run(f"echo x | {name} -{unknown} a", FILES)
    assert status == 2
    expected = " ".join(f"-{letter}" for letter in (plain + valued).replace("#", "N"))
    assert err == f"{name}: unknown option -{unknown}; expected {expected}\n"


@pytest.mark.parametrize("name", FILTERS)
def test_help_lists_options_and_fits_80_columns(name):
    text = about(name)
    assert text.startswith(f"usage: {name} [OPTION ...]")
    assert all(f"  {option} " in text for option in FILTERS[name].options)
    assert max(map(len, text.splitlines())) <= 80 or name == "tee"
    assert run(f"{name} --help") == (0, text, "")


def test_what_is_no_filter_has_no_help():
    with pytest.raises(UsageError, match="no such filter"):
        about("perl")
