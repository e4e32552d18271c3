"""Machines in files."""

import json

import pytest

from tests.commands.typed import with_app
from thpsh.boot.saved import export_machine, import_machine
from thpsh.errors import UsageError
from thpsh.structs.kernel import Totals


@pytest.fixture
def text():
    t = with_app()
    t("touch app buf 5M")
    return export_machine(t.session.machine, t.session.spec)


def refused(text):
    with pytest.raises(UsageError) as caught:
        import_machine("host.snap", text)
    return str(caught.value)


def test_there_and_back(text):
    machine, spec = import_machine("host.snap", text)
    assert spec.memory == 1 << 30
    assert export_machine(machine, spec) == text


def test_another_file_is_refused():
    assert refused("hello\n") == "host.snap: not a snapshot; expected a file that `snapshot export` wrote"
    assert refused("[]\n").startswith("host.snap: not a snapshot")


@pytest.mark.parametrize("number", [1, 7])
def test_another_format_is_refused(text, number):
    head, _, body = text.partition("\n")
    other = json.dumps({**json.loads(head), "format": number, "colour": "blue"})
    assert refused(f"{other}\n{body}") == (
        f"host.snap: written by another version of thpsh: format {number}, where this one reads 2"
    )


def test_a_host_whose_records_had_other_fields_is_refused(text, monkeypatch):
    fields = tuple(each for each in Totals.__record_fields__ if each.name != "committed_as")
    monkeypatch.setattr(Totals, "__record_fields__", fields)
    assert refused(text) == "host.snap: written by another version of thpsh: Totals has other fields there"


def test_a_damaged_file_is_refused(text):
    assert refused(text[:-30]).startswith("host.snap: damaged: ")
    middle = len(text) // 2
    flipped = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]
    assert refused(flipped) == "host.snap: damaged: its sum is not that of the header"
    head, _, body = text.partition("\n")
    found = json.loads(head)
    del found["kernel"]
    assert refused(f"{json.dumps(found)}\n{body}") == "host.snap: damaged: kernel: Field required"


def test_a_wrong_machine_with_a_right_sum_is_refused(text):
    machine, spec = import_machine("host.snap", text)
    machine.kernel.zones[0].free += 1
    assert refused(export_machine(machine, spec)).startswith("host.snap: damaged: ")
