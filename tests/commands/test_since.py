"""Places in a session's past."""

from tests.commands.typed import with_app


def shown(host, since):
    return host(f"trace show thp_fault_alloc,thp_split --since {since}").count("#")


def test_marks_snapshots_and_durations():
    host = with_app()
    host("touch app buf 2M")
    host("mark one")
    host("snapshot save two")
    host("tick 5s")
    host("touch app buf+2M 2M")
    assert [shown(host, word) for word in ("one", "two", "mark", "1s", "1h")] == [1 * 2, 2, 2, 2, 4]


def test_an_unknown_word_names_what_there_is():
    host = with_app()
    host("mark one; snapshot save two")
    assert "expected a mark, a snapshot, or a duration like 10s; there are one, two" in host.fails(
        "trace show --since three", 2
    )
