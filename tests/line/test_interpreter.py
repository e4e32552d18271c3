"""Lines as an administrator types them."""

import pytest

from tests.line.fake import Fake, output, run
from thpsh.errors import KernelPanic
from thpsh.line.environment import Capture
from thpsh.line.interpreter import Interpreter, words_of


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("echo a b", "a b\n"),
        ("echo a; echo b", "a\nb\n"),
        ("false || echo yes && echo also", "yes\nalso\n"),
        ("echo one && echo two || echo three", "one\ntwo\n"),
        ("! false && echo negated", "negated\n"),
        ("args 'a b' \"c d\" e\\ f", "<a b><c d><e f>\n"),
        ("args a'b'\"c\"", "<abc>\n"),
        ("args '' \"\"", "<><>\n"),
        ("args # a comment", "\n"),
        ("args a#b", "<a#b>\n"),
        ("X=5; args $X ${X}0 '$X' \"$X\"", "<5><50><$X><5>\n"),
        ("X='a  b'; args $X \"$X\"", "<a><b><a  b>\n"),
        ('args $UNSET "$UNSET"', "<>\n"),
        ("args $", "<$>\n"),
        ("echo $?; ! false; echo $?; false || echo $?", "0\n0\n1\n"),
        ("for x in a b; do echo $x; done", "a\nb\n"),
        ("for x in a b; do echo $x; done > /dev/null; echo end", "end\n"),
        ("for x in a b; do for y in 1 2; do echo $x$y; done; done | wc -l", "4\n"),
        ("for x in a b\ndo\n echo $x\ndone", "a\nb\n"),
        ("args /proc/mem* '/proc/mem*' /no/match*", "</proc/meminfo></proc/mem*></no/match*>\n"),
        ('args $(echo a b) "$(echo a b)"', "<a><b><a b>\n"),
        ('for f in /sys/*; do echo "$f: $(cat $f)"; done', "/sys/enabled: [always] madvise never\n"),
        ("cat < /proc/meminfo | head -n 1", "MemTotal:        1029328 kB\n"),
        ("cat /proc/meminfo 2>/dev/null | egrep 'Anon|Free' | wc -l", "2\n"),
        ("grep -c . /proc/meminfo && echo yes || echo no", "3\nyes\n"),
        ("echo a |\n cat", "a\n"),
        ("echo a \\\n b", "a b\n"),
        ("", ""),
        ("   # nothing", ""),
    ],
)
def test_lines_print_what_a_shell_prints(line, expected):
    out, err = Capture(), Capture()
    Interpreter(Fake()).run(line, out, err)
    assert (out.text, err.text.replace("false: no\n", "")) == (expected, "")


def test_the_status_is_that_of_the_last_command():
    assert run("false")[0] == 1
    assert run("false; echo a")[0] == 0
    assert run("false | cat")[0] == 0
    assert output("echo $?") == "0\n"
    assert run("false; echo $?")[1] == "1\n"


@pytest.mark.parametrize(
    ("line", "writes"),
    [
        ("echo n > /sys/enabled", [("/sys/enabled", "n\n", False)]),
        ("printf n > /sys/enabled", [("/sys/enabled", "n", False)]),
        ("printf '' > /sys/enabled", [("/sys/enabled", "", False)]),
        ("echo a >> /sys/enabled", [("/sys/enabled", "a\n", True)]),
        ("echo always | tee /sys/enabled", [("/sys/enabled", "always\n", False)]),
        ("false &> /sys/enabled", [("/sys/enabled", "false: no\n", False)]),
        ("false > /sys/enabled 2>&1", [("/sys/enabled", "false: no\n", False)]),
        ("false 2> /sys/enabled", [("/sys/enabled", "false: no\n", False)]),
        ("echo a > /dev/null", []),
    ],
)
def test_output_reaches_an_emulated_file_in_one_write(line, writes):
    environment = Fake()
    Interpreter(environment).run(line, Capture(), Capture())
    assert environment.writes == writes


def test_a_failed_write_names_file_and_errno():
    assert run("echo bad > /sys/enabled") == (1, "", "/sys/enabled: Invalid argument (EINVAL)\n")
    assert run("echo a > /proc/new")[2] == "/proc/new: Permission denied (EACCES)\n    nothing is created here\n"


def test_in_expectations_angle_brackets_compare():
    assert output("expect /proc/vmstat thp_split >= 1") == "</proc/vmstat><thp_split><>=><1>\n"
    assert output("expect a < 5") == "<a><<><5>\n"


def test_fails_covers_the_redirection_of_its_command():
    status, out, err = run("fails EINVAL echo bad > /sys/enabled")
    assert (status, err) == (0, "")
    assert out == "EINVAL|echo bad > /sys/enabled|1|/sys/enabled: Invalid argument (EINVAL)\n"


def test_unknown_commands_and_host_programs_are_refused():
    assert run("rm -rf /") == (127, "", "rm: command not found\n")
    assert run("echo a | python3")[0] == 2


def test_nothing_runs_after_somebody_left():
    assert output("echo a; quit; echo b") == "a\n"


def test_a_line_with_a_syntax_error_runs_nothing():
    assert run("echo a; echo 'b")[:2] == (2, "")


def test_the_words_of_commands_can_be_seen_before_they_run():
    assert words_of("echo 'a b' | cat; for x in 1; do false; done") == [["echo", "a b"], ["cat"], ["false"]]


def test_a_line_that_was_interrupted_has_status_130():
    class Interrupted(Fake):
        def command(self, argv, stdin, out, err):
            if argv[0] == "args":
                raise KeyboardInterrupt
            return super().command(argv, stdin, out, err)

    out, interpreter = Capture(), Interpreter(Interrupted())
    with pytest.raises(KeyboardInterrupt):
        interpreter.run("for x in 1 2; do args $x; done", out, out)
    interpreter.run("echo $?", out, out)
    assert out.text == "130\n"


def test_a_write_that_ends_the_host_is_told():
    class Stopping(Fake):
        def write(self, path, text, *, append):
            raise KernelPanic("Kernel panic - not syncing: test")

    out, err = Capture(), Capture()
    interpreter = Interpreter(Stopping())
    assert interpreter.run("echo 1 > /sys/enabled", out, err) == 1
    assert err.text.splitlines()[0] == "Kernel panic - not syncing: test"


def test_fails_with_a_word_that_is_no_errno_runs_nothing():
    assert run("fails nonsense echo bad") == (2, "", "fails: nonsense: no errno\n")
