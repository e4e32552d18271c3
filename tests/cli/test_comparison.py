"""`thpsh compare` as a user types it."""

import json
from pathlib import Path

import pytest

from thpsh.cli.main import main

TRACES = Path(__file__).parent.parent / "oracle" / "traces"
GOOD = TRACES / "split-mprotect-whole.json"


@pytest.fixture
def lie(tmp_path):
    """A recording with one wrong number."""
    document = json.loads(GOOD.read_text())
    operation = next(each for each in document["ops"] if each.get("minflt"))
    operation["minflt"] += 7
    path = tmp_path / "lie.json"
    path.write_text(json.dumps(document))
    return path


def test_a_recording_that_agrees_is_success(capsys):
    assert main(["compare", str(GOOD)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith(f"{GOOD}: agrees in ")
    assert out[-1].endswith(" operations: 0 differences in 0 traces")


def test_a_difference_is_shown_and_is_status_1(capsys, lie):
    assert main(["compare", str(GOOD), str(lie)]) == 1
    out = capsys.readouterr().out
    assert "minflt: expected" in out
    assert out.splitlines()[-1].startswith("compared 2 traces, ")
    assert out.splitlines()[-1].endswith("1 differences in 1 traces")


def test_json_is_alone_on_standard_output(capsys, lie):
    assert main(["compare", "--json", str(lie)]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["traces"][0]["differences"][0]["what"] == "minflt"
    assert captured.err.startswith("compared 1 traces, ")


def test_a_folder_stands_for_its_recordings(capsys, lie):
    assert main(["compare", str(lie.parent)]) == 1
    assert f"{lie}: 1 difference in" in capsys.readouterr().out


def test_machine_options_change_the_machine(capsys):
    assert main(["compare", "--cmdline", "transparent_hugepage=never", "--memory", "256M", str(GOOD)]) == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("{", "no JSON"), ('{"kernel": "3.0", "ops": [7]}', "op 0: operation: expected an object")],
)
def test_a_bad_file_is_wrong_usage_and_nothing_runs(capsys, tmp_path, content, complaint):
    bad = tmp_path / "bad.json"
    bad.write_text(content)
    assert main(["compare", str(GOOD), str(bad)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"{bad}: ")
    assert complaint in captured.err


@pytest.mark.parametrize("word", ["nowhere.json", "", "a\0b"])
def test_a_missing_file_names_itself(capsys, word):
    assert main(["compare", word]) == 2
    assert repr(word) in capsys.readouterr().err


def test_an_empty_folder_is_wrong_usage(capsys, tmp_path):
    assert main(["compare", str(tmp_path)]) == 2
    assert "no recording" in capsys.readouterr().err


def test_the_change_that_the_emulated_kernel_lacks_is_named(capsys):
    assert main(["compare", "--revert", "31", str(GOOD)]) == 1
    named = "      ^ without change 31 (mprotect-huge): thp: mprotect: transparent huge page support"
    assert named in capsys.readouterr().out.splitlines()


def test_a_kernel_without_huge_pages_is_wrong_usage(capsys):
    assert main(["compare", "--kernel", "2.6.37", str(GOOD)]) == 2
    assert "does not let the recorder set the THP policy" in capsys.readouterr().err
