"""The command free."""

import json

from tests.commands.typed import with_app


def test_free_adds_up():
    row = json.loads(with_app()("free --json"))["rows"][0]
    assert row["used"] + row["free"] == row["total"] == 1029328
