"""`thpsh fuzz` as a user types it."""

from pathlib import Path

from tests.cli.record.host import needs_host
from thpsh.cli.main import main
from thpsh.errors import ModelBug
from thpsh.oracle import calls

TRACES = Path(__file__).parent.parent / "oracle" / "traces"


def test_nothing_found_is_success(capsys):
    assert main(["fuzz", "--ops", "120", "--seed", "4"]) == 0
    assert capsys.readouterr().out == "seed 4: 120 operations, nothing found\n"


def test_a_finding_is_written_shrunk_and_is_status_1(capsys, tmp_path, monkeypatch):
    def broken(*_):
        raise ModelBug("planted")

    monkeypatch.setattr(calls, "madvise", broken)
    path = tmp_path / "small.ops"
    assert main(["fuzz", "--ops", "200", "-o", str(path)]) == 1
    out = capsys.readouterr().out
    assert "planted" in out
    comment, *lines = path.read_text().splitlines()
    assert f"shrunk to {len(lines)} operations: {path}" in out
    assert comment == "# planted"
    assert len(lines) <= 4
    assert (lines[0].split()[0], lines[-1].split()[0]) == ("spawn", "madvise")


def test_recordings_are_replayed_with_the_host_checked(capsys):
    assert main(["fuzz", "--against", str(TRACES / "split-mprotect-whole.json")]) == 0
    assert capsys.readouterr().out.endswith("0 differences in 0 traces\n")


def test_no_operations_is_wrong_usage(capsys):
    assert main(["fuzz", "--ops", "0"]) == 2
    assert "expected 1 or more" in capsys.readouterr().err


def test_a_machine_without_huge_pages_is_wrong_usage(capsys):
    assert main(["fuzz", "--ops", "10", "--no-pse"]) == 2
    assert capsys.readouterr().err.startswith("fuzz: this machine does not let the recorder set the THP policy")


@needs_host
def test_scripts_are_done_by_the_kernel_of_this_host_too(tmp_path, capsys, monkeypatch):
    """Differences are those of this kernel, whichever it is: found, shrunk and written, or none."""
    monkeypatch.chdir(tmp_path)
    status = main(["fuzz", "--ops", "30", "--seed", "1", "--against", "host"])
    out = capsys.readouterr().out
    if status == 0:
        assert out == "seed 1: 30 operations, nothing found\n"
    else:
        assert (status, (tmp_path / "fuzz-1.ops").exists()) == (1, True)
        assert " on 3.0\n" in out
