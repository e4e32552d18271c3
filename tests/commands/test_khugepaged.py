"""The view of khugepaged."""

import json

from tests.commands.typed import Typed, with_app

SMALL = "echo never > /sys/kernel/mm/transparent_hugepage/enabled"
ON = "echo always > /sys/kernel/mm/transparent_hugepage/enabled"


def scanned():
    t = with_app()
    t(f"{SMALL}; touch app buf 4M; fork app kid; exit kid; drain; {ON}; mmap app x 2M; touch app x")
    return t


def rows(t, line):
    return json.loads(t(f"{line} --json"))["rows"]


def state(t):
    return {row[""]: row["value"] for row in rows(t, "khugepaged")}


def test_it_lists_who_is_registered():
    t = with_app()
    assert "registered: nobody" in t("khugepaged")
    t("touch app buf 4K")
    assert "registered: app" in t("khugepaged")


def test_it_says_what_it_waits_for_and_how_long():
    t = with_app()
    assert state(t)["state"] == "waiting for a process"
    t("touch app buf 4K")
    assert state(t)["state"].startswith("scan_sleep, runs in ")
    t("tick 4s")
    assert state(t)["state"].startswith("scan_sleep, runs in 6.0") or "5.99" in state(t)["state"]
    t(SMALL)
    assert state(t)["state"] == "not running"


def test_it_counts_the_verdicts_and_shows_each():
    t = scanned()
    assert "  app: 2 × an entry is not writable\n" in t("khugepaged")
    found = rows(t, "khugepaged app")
    assert [(row["PLACE"], row["PAGE"], row["LAST LOOK"]) for row in found[:3]] == [
        ("buf", 0, "an entry is not writable"),
        ("buf+2M", 0, "an entry is not writable"),
        ("buf+4M", None, "no page table"),
    ]
    t("touch app buf; drain; tick 20s")
    assert [row["LAST LOOK"] for row in rows(t, "khugepaged app")[:2]] == ["huge already", "huge already"]
    assert t("slots app buf").startswith("HH")


def test_what_is_unmapped_is_not_shown_any_more():
    t = scanned()
    t("munmap app buf 2M")
    assert rows(t, "khugepaged app")[0]["RANGE"] == "0x200000200000"


def test_a_process_it_has_not_met():
    t = with_app()
    assert "khugepaged has not looked at app yet" in t("khugepaged app")
    assert "nobody" in t.fails("khugepaged nobody", 2)


def test_it_names_ten_processes_and_counts_the_others():
    t = Typed()
    for number in range(12):
        t(f"spawn p{number}; mmap p{number} r 2M; touch p{number} r")
    assert "registered: p0 p1 p2 p3 p4 p5 p6 p7 p8 p9 and 2 more\n" in t("khugepaged")


def test_a_kernel_without_it_says_so():
    t = with_app(revert=("33",))
    assert rows(t, "khugepaged") == [{"": "state", "value": "there is none on this host"}]
