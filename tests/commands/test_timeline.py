"""The command timeline."""

import json

from tests.commands.typed import Typed


def used():
    host = Typed(memory=1 << 30)
    host("spawn app; mmap app buf 256M")
    host("touch app buf")
    host("tick 10s")
    host("exit app")
    return host


def test_the_samples():
    found = json.loads(used()("timeline --json"))
    assert [each["huge"] for each in found][-2:] == [128 * 512, 0]
    assert found[-1]["time"] - found[-2]["time"] > 10 * 10**9


def test_the_chart_fits_80_columns_and_names_its_letters():
    text = used()("timeline")
    assert max(map(len, text.splitlines())) <= 80
    assert "####" in text
    assert "# anonymous, huge pages 0, o anonymous, small pages" in text


def test_undo_takes_it_back_too():
    host = used()
    host("undo")
    assert json.loads(host("timeline --json"))[-1]["huge"] == 65536


def test_since_a_mark_or_a_while():
    host = used()
    assert host("timeline --since 1ms --steps") != host("timeline --steps")
    host("mark later; tick 5s")
    assert host("timeline --since 1s") == "nothing has changed since then\n"
    assert "expected a mark, a snapshot, or a duration" in host.fails("timeline --since nowhere", 2)
