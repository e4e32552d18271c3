"""The command zones."""

import json

from tests.commands.typed import with_app


def test_zones_show_watermarks():
    rows = json.loads(with_app(memory=2 << 30)("zones --json"))["rows"]
    assert [(row["MIN"], row["LOW"], row["HIGH"]) for row in rows] == [(85, 106, 127), (11178, 13972, 16767)]
