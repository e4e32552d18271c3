"""The command stat."""

import json

from tests.commands.typed import with_app


def test_stat_shows_what_the_last_command_changed():
    t = with_app()
    t("echo look; touch app buf 2M")
    changed = {
        row["COUNTER"]: (row["BEFORE"], row["NOW"], row["CHANGE"]) for row in json.loads(t("stat --json"))["rows"]
    }
    assert changed["thp_fault_alloc"] == (0, 1, "+1")
    assert changed["nr_anon_transparent_hugepages"] == (0, 1, "+1")
    assert changed["nr_free_pages"][2] == "-512"  # page tables come from the per-CPU list, which is not counted as free
    assert t("stat") == "nothing changed\n"


def test_stat_of_a_fresh_host_has_nothing_to_show():
    t = with_app()
    t("boot --memory 1G")
    assert t("stat") == "nothing changed\n"
