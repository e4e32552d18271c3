"""Twin of thpsh/oracle/memcg_operations.py."""

from tests.oracle.cases import replay


def test_groups_are_made_set_read_and_removed() -> None:
    outcomes = replay(
        "cgmk p", "cgset p limit_in_bytes 4M", "cgmk c p", "cgget c limit_in_bytes", "cgget p limit_in_bytes",
        "cgrm p", "cgrm c", "cgrm p", "cgget - use_hierarchy",
    )[1]  # fmt: skip
    assert [outcome.ret for outcome in outcomes] == ["0", "0", "0", "0", "0", "-EBUSY", "0", "0", "0"]
    values = [outcome.results.get("value") for outcome in outcomes]
    assert values[3:5] == ["9223372036854775807\n", "4194304\n"]
    assert values[8] == "0\n"


def test_a_process_moves_and_lines_of_a_file_are_picked() -> None:
    outcomes = replay(
        "spawn A", "cgroup A small limit=5M", "cgget small limit_in_bytes", "mmap A r 2M", "touch A r 4K write",
        "cgget small stat rss pgpgin", "cgmove A -", "cgget small tasks", "cgset small memory.failcnt \"\"",
    )[1]  # fmt: skip
    values = [outcome.results.get("value") for outcome in outcomes]
    assert values[2] == "5242880\n"
    assert values[5] == "rss 4096; pgpgin 1"
    assert values[7] == ""
    assert outcomes[8].ret == "0"


def test_a_group_never_made_is_refused_by_the_recorder() -> None:
    assert replay("cgget x stat")[1][0].results == {"error": "no such group"}


def test_a_touch_in_the_background_is_seen_when_it_is_joined() -> None:
    outcomes = replay(
        "spawn A", "cgmk g", "cgset g limit_in_bytes 2M", "cgset g oom_control 1", "cgmove A g", "mmap A r 4M",
        "touchbg A r 4M write", "join A 1000", "cgset g limit_in_bytes 8M", "join A 5000",
    )[1]  # fmt: skip
    assert [outcome.ret for outcome in outcomes[6:]] == ["0", "-ETIMEDOUT", "0", "0"]
    assert [outcome.regions[("A", "r")].slots for outcome in outcomes[6:]] == ["..", "..", "..", "FF"]
    assert outcomes[-1].minflt == 1024
