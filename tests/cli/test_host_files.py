"""HostFiles: shipped scenarios, files, folders, and what cannot be read."""

import pytest

from thpsh.cli.host_files import HostFiles, shipped_scenarios
from thpsh.errors import UsageError


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return HostFiles()


def test_the_tour_is_shipped():
    assert "tour" in shipped_scenarios()


def test_a_name_finds_a_shipped_scenario_from_any_folder(files):
    (path,) = files.scenarios("tour")
    assert path.endswith("tour.thp")
    assert files.read(path).startswith("+++\n")


def test_a_shipped_name_comes_before_a_folder(files, tmp_path):
    (tmp_path / "tour").mkdir()
    assert files.scenarios("tour")[0].endswith("tour.thp")


def test_a_folder_is_its_scenarios_in_order(files, tmp_path):
    for name in ("b.thp", "a.thp", "c.txt"):
        (tmp_path / name).write_text("")
    assert files.scenarios(str(tmp_path)) == [str(tmp_path / "a.thp"), str(tmp_path / "b.thp")]


def test_a_file_is_itself(files, tmp_path):
    (tmp_path / "x.txt").write_text("say hello\n")
    assert files.scenarios("x.txt") == ["x.txt"]


@pytest.mark.parametrize("word", ["nowhere.thp", "./tours", "x\0y", ""])
def test_a_word_that_is_nothing_names_itself(files, word):
    with pytest.raises(UsageError) as error:
        files.scenarios(word)
    assert repr(word) in str(error.value)


def test_an_empty_folder_is_refused(files, tmp_path):
    with pytest.raises(UsageError, match="no scenario"):
        files.scenarios(str(tmp_path))


def test_what_cannot_be_read_names_itself_and_why(files, tmp_path):
    (tmp_path / "bytes").write_bytes(b"abc\xff")
    with pytest.raises(UsageError, match="bytes: not UTF-8 text at byte 3"):
        files.read("bytes")
    with pytest.raises(UsageError, match="missing: No such file or directory"):
        files.read("missing")
    with pytest.raises(UsageError, match="Is a directory"):
        files.read(".")


def test_writing_goes_to_a_file_or_to_standard_output(files, tmp_path, capsys):
    files.write("out.json", "{}\n")
    files.write("-", "{}\n")
    assert (tmp_path / "out.json").read_text() == capsys.readouterr().out == "{}\n"


def test_what_cannot_be_written_names_itself_and_why(files):
    with pytest.raises(UsageError, match="no/such/folder: No such file or directory"):
        files.write("no/such/folder", "x")
