"""The command vmstat."""

import json

import pytest

from tests.commands.typed import with_app


def test_vmstat_shows_what_happened_between_lines():
    t = with_app()
    t("touch app buf")
    rows = json.loads(t("vmstat 10s 2 --json"))["rows"]
    assert rows[0]["thp_fault_alloc"] == 8
    assert rows[1]["thp_fault_alloc"] == 0
    assert rows[1]["TIME"] - rows[0]["TIME"] == pytest.approx(10)
