"""App files are checked before any of their lines runs."""

import pytest

from tests.commands.typed import Typed
from thpsh.scenario.app_file import Option, read_app
from thpsh.scenario.place import ScenarioError

HEAD = '+++\nsummary = "a test"\n[options.size]\nkind = "size"\ndefault = "4M"\nhelp = "how much"\n+++\n'


def read(text):
    return read_app("mine.app", text, Typed().session)


def test_its_name_is_that_of_the_file_and_its_options_have_defaults():
    app = read(HEAD + "spawn mine\nfor i in $(seq 2); do mmap mine b$i $((size / 2)); done\n")
    assert (app.name, app.summary) == ("mine", "a test")
    assert app.values({}) == {"size": "4M"}
    assert app.values({"size": "8M"}) == {"size": "8M"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spawn mine\n", 'mine.app:1:1: front matter: expected summary = "what the program does"'),
        (HEAD + "spwan mine\n", "mine.app:8:1: spwan: command not found"),
        (HEAD + "touch app\n", "mine.app:8:1: touch: expected ADDR"),
        (HEAD + "spawn $nme\n", "mine.app:8:1: $nme: expected an option of the app or the variable of a loop"),
        (HEAD + "echo $((sise * 2))\n", "mine.app:8:1: $sise: expected an option"),
        (HEAD + "echo 1 > /sys/$x\n", "mine.app:8:1: $x: expected an option"),
        (HEAD + "\nrun tour\n", "mine.app:9:1: run: expected a command that an app can be made of"),
        (HEAD + "echo $((1 +))\n", "mine.app:8:6: $((…)): the end: expected a number or a name"),
        (HEAD.replace("summary", "sumary"), "mine.app:2:1: front matter: sumary: unknown key; expected one of summary"),
        (HEAD.replace('"size"', '"length"'), "kind 'length': expected one of size, percent, count, word"),
        (HEAD.replace('"4M"', '"4X"'), "default '4X': expected a size"),
        (HEAD.replace("help =", "hint ="), "front matter: hint: unknown key; expected one of default, kind, help"),
        (HEAD.replace("options.size", "options.file"), "'file': expected another name"),
    ],
)
def test_what_is_wrong_has_its_place(text, said):
    with pytest.raises(ScenarioError) as error:
        read(text)
    assert said in str(error.value)


def test_a_percentage_is_handed_on_as_a_number():
    assert Option("writes", "percent", "10%", "").value("025%") == "25"
    assert Option("writes", "percent", "10%", "").value("100") == "100"
