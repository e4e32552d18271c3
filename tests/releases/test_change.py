"""One row of the history."""

import pytest

from thpsh.releases.change import Change


def change(**more):
    return Change(
        id="thp-vm-events", field="thp_vm_events", date="2011-04-14", first="2.6.39-rc4", kind="C", summary="x", **more
    )


def test_a_seed_commit_is_called_by_its_number():
    assert change(number=7).name == "7"


def test_another_change_is_called_by_its_id():
    assert change().name == "thp-vm-events"


def test_a_change_puts_its_feature_in_unless_told():
    assert change().value
    assert change(value=False).value is False


def test_rows_are_written_by_name():
    with pytest.raises(TypeError):
        Change("a", "b", "c", "d", "e", "f")
