"""The front door as a user meets it: output, errors and exit status of every form."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from thpsh import __version__
from thpsh.cli.main import main

ROOT = Path(__file__).parents[2]
ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"


def thpsh(*words, stdin="", **options):
    """Run the program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "thpsh", *words],
        input=stdin,
        capture_output=True,
        text=not isinstance(stdin, bytes),
        cwd=options.pop("cwd", ROOT),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        **options,
    )


@pytest.fixture
def run(capsys):
    """Run the program in this process."""

    def run(*words):
        status = main(words)
        found = capsys.readouterr()
        return status, found.out, found.err

    return run


def test_the_version(run):
    assert run("--version") == (0, f"thpsh {__version__}\n", "")


def test_one_line_with_its_status(run):
    assert run("-c", "echo hello") == (0, "hello\n", "")
    assert run("-c", "echo hello && ! true_") == (0, "hello\n", "true_: command not found\n")
    status, _, err = run("-c", f"echo n > {ENABLED}")
    assert status == 1
    assert err.startswith(f"{ENABLED}: Invalid argument (EINVAL)\n    ")
    assert run("-c", "spawn")[0] == 2
    assert run("-c", "")[0] == 0


def test_machine_options_reach_the_machine(run):
    assert run("--cmdline", "transparent_hugepage=madvise", "-c", f"cat {ENABLED}")[1] == "always [madvise] never\n"
    assert run("-c", f"cat {ENABLED}", "--memory", "512M")[1] == "always madvise [never]\n"


def test_a_machine_file_reaches_the_machine(run, tmp_path):
    (tmp_path / "m.toml").write_text('[machine]\ncmdline = "transparent_hugepage=never"\n')
    assert run("--machine", str(tmp_path / "m.toml"), "-c", f"cat {ENABLED}")[1] == "always madvise [never]\n"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["tour"], "tour: no such form"),
        (["--nonsense"], "--nonsense"),
        (["--memory", "8Q", "-c", "ls"], "8Q"),
        (["--kernel", "2.4.1", "-c", "ls"], "2.4.1"),
        (["--machine", "/no/such.toml", "-c", "ls"], "/no/such.toml: No such file"),
        (["run", "no-such-scenario"], "no-such-scenario"),
        (["run"], "FILE|FOLDER|NAME"),
        (["bench", "nonsense"], "nonsense: no such benchmark"),
        (["bench", "boot16t", "--rounds", "0"], "--rounds 0"),
        (["-c", "spawn 'app"], "unclosed quote"),
        (["-c", "spawn a\0b"], "control character"),
        (["-c", "while true; do ls; done"], "while"),
    ],
)
def test_wrong_usage_is_status_2_and_names_the_word(run, words, named):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert named in err
    assert "Traceback" not in err


def test_lines_from_standard_input():
    done = thpsh(stdin="spawn app\nfor x in 1 2; do\n  echo $x\ndone\nslots nobody buf\nps | grep -c app\n")
    assert done.stdout.endswith("1\n2\n1\n")
    assert "nobody" in done.stderr
    assert done.returncode == 0


def test_the_status_is_that_of_the_last_line():
    assert thpsh(stdin="echo x\nls /nowhere\n").returncode == 1
    assert thpsh(stdin="echo 'x\n").returncode == 2
    assert thpsh(stdin="exit\nls /nowhere\n").returncode == 0
    assert thpsh(stdin="").returncode == 0


def test_commands_take_effect_as_they_come():
    with subprocess.Popen(
        [sys.executable, "-m", "thpsh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as process:
        process.stdin.write("echo one\n")
        process.stdin.flush()
        assert process.stdout.readline() == "one\n"


@pytest.mark.parametrize(
    "stdin",
    [
        b"echo \xff\xfe\n",
        b"\x00\x01\x02\n",
        b"\x1b[31m\n",
        b"\n\n   \n\t\n",
        b"echo " + b"x" * 1_000_000 + b"\n",
        b"'" * 9 + b"\n",
        b"$(" * 60 + b"\n",
        b"| | |\n;;\n&&\n>\n",
        "echo h\u00e9llo \u2028 \U0001f427\n".encode(),
    ],
)
def test_no_bytes_end_in_a_traceback(stdin):
    done = thpsh(stdin=stdin, timeout=60)
    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 2, 127)


def test_text_that_the_terminal_cannot_show_is_escaped():
    done = subprocess.run(
        [sys.executable, "-m", "thpsh", "-c", "echo h\u00e9"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == (b"h\\xe9\n", 0)


def test_a_reader_that_leaves_is_no_error():
    line = "for a in 1 2 3 4 5 6 7 8 9; do cat /proc/vmstat /proc/zoneinfo; done"
    command = f"{sys.executable} -m thpsh -c '{line}' | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("nr_free_pages ")
    assert done.stderr == ""


# Children of a background job (`pytest &`) are born with SIGINT ignored; this one heeds it all the same.
HEEDING_INTERRUPTS = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("thpsh", run_name="__main__", alter_sys=True)
"""


def test_an_interrupt_is_status_130():
    with subprocess.Popen(
        [sys.executable, "-c", HEEDING_INTERRUPTS, "-c", "echo ready; awk 'BEGIN {while (1) x = 1}'"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, "Traceback" in err) == (130, False)


def test_run_replays_a_shipped_scenario_from_any_folder(tmp_path):
    done = thpsh("run", "knobs", "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "all 23 expectations held\n")


def test_run_of_a_failing_scenario_is_status_1_and_names_the_line(run, tmp_path):
    (tmp_path / "x.thp").write_text("spawn app\nexpect ps app == gone\nspawn other\n")
    status, out, _ = run("run", str(tmp_path / "x.thp"))
    assert status == 1
    assert f"{tmp_path / 'x.thp'}:2: expectation failed: expect ps app == gone" in out
    assert out.endswith("thpsh> spawn other\nother: pid 101\n1 of 1 expectations failed\n")


def test_run_of_a_wrong_scenario_is_status_2_and_runs_nothing(run, tmp_path):
    (tmp_path / "x.thp").write_text("+++\ntitle = 'x'\n+++\nspawn app\nmmap app buf 8Q extra words\n")
    status, out, err = run("run", str(tmp_path / "x.thp"))
    assert (status, out) == (2, "")
    assert err.startswith(f"{tmp_path / 'x.thp'}:5:1: ")


def test_a_machine_option_overrides_the_front_matter(run, tmp_path):
    (tmp_path / "x.thp").write_text(
        '+++\nmemory = "512M"\ncmdline = "transparent_hugepage=never"\n+++\n'
        f'expect {ENABLED} == "always [madvise] never"\n'
    )
    words = ["run", str(tmp_path / "x.thp"), "--cmdline", "transparent_hugepage=madvise", "--memory", "1G"]
    assert run(*words)[0] == 0
    assert run(*words[:2])[0] == 1


def test_reports_are_written(run, tmp_path):
    (tmp_path / "x.thp").write_text("expect ps nobody == gone\n")
    status, out, err = run("run", str(tmp_path), "--json", "-", "--junit", str(tmp_path / "x.xml"))
    assert (status, err) == (0, "all 1 expectations held\n")
    assert out.startswith('{\n  "format": 1,')
    assert "<testsuites" in (tmp_path / "x.xml").read_text()


def test_step_waits_for_enter(tmp_path):
    (tmp_path / "x.thp").write_text("echo a\necho b\n")
    done = thpsh("run", str(tmp_path / "x.thp"), "--step", stdin="\n\n")
    assert done.stderr == "[Enter] [Enter] "
    assert done.stdout.endswith("all 0 expectations held\n")


def test_host_programs_need_permission(run):
    assert run("-c", "echo hello | rev")[0] == 2
    assert run("--host-pipes", "-c", "echo hello | rev")[:2] == (0, "olleh\n")


def test_the_same_lines_give_the_same_bytes(run):
    line = (
        "spawn app; mmap app buf 8M; touch app buf --random 9; ps; cat /proc/vmstat /proc/zoneinfo; dmesg; trace show"
    )
    assert run("-c", line) == run("-c", line)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_are_empty_ones(closed):
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m thpsh -c 'echo a; nosuch; echo b' {closed}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout == ("" if ">&- " in f" {closed} ".replace("2>&-", "") else "a\nb\n")
    assert done.stderr == ("" if "2>&-" in closed else "nosuch: command not found\n")


def test_lines_from_a_closed_standard_input():
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m thpsh <&-"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_full_disk_is_said_in_one_line():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "thpsh", "run", "tour"],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "thpsh: cannot write: No space left on device\n")


def test_what_a_revert_takes_with_it_is_said(run):
    status, out, err = run("--revert", "35", "-c", "echo a")
    assert (status, out) == (0, "a\n")
    assert err == "16 (memcg-used-head-only) is reverted, too: it needs 35 (memcg-huge-charge)\n"


def test_quit_ends_a_replay(run, tmp_path):
    (tmp_path / "x.thp").write_text("echo before\nquit\necho after\n")
    status, out, _ = run("run", str(tmp_path / "x.thp"))
    assert status == 0
    assert out.splitlines()[-3:] == ["before", "thpsh> quit", "all 0 expectations held"]
