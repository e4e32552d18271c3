"""The lines of an app are run until one fails."""

from tests.commands.typed import Typed
from thpsh.line.environment import Capture
from thpsh.scenario.app_file import read_app
from thpsh.scenario.app_run import run_app, shown

HEAD = '+++\nsummary = "a test"\n[options.n]\nkind = "count"\ndefault = "2"\nhelp = "how many"\n+++\n'


def run(lines, **given):
    session = Typed().session
    app = read_app("mine.app", HEAD + lines, session)
    out, err = Capture(), Capture()
    done = run_app(app, app.values(given), session, out, err)
    return done, out.text, err.text


def test_lines_are_shown_with_the_options_filled_in_and_loops_print_nothing():
    done, out, _ = run("# Look:\necho $n ${n}x $((n * 2))\nfor i in $(seq $n); do echo $i; done\n")
    assert out == "# Look:\n> echo 2 2x $((n * 2))\n2 2x 4\n> for i in $(seq 2); do echo $i; done\n"
    assert (done.status, done.failed) == (0, None)


def test_the_first_failure_ends_it_even_in_a_loop():
    done, out, err = run("for i in 1 2 3; do\n  echo $i\n  kill nobody$i\ndone\necho on\n")
    assert done.status == 2
    assert done.failed.line == 8
    assert "nobody1" in err
    assert "nobody2" not in err
    assert "> echo on" not in out


def test_only_options_are_filled_in():
    assert shown("touch $name stack$i ${name}_x", {"name": "jvm"}) == "touch jvm stack$i jvm_x"
