"""The command snapshot."""

import json

from tests.commands.typed import with_app


def test_diff_says_what_changed_since_a_snapshot():
    t = with_app()
    t("snapshot save before")
    t("touch app buf 2M; echo never > /sys/kernel/mm/transparent_hugepage/enabled")
    rows = {row["WHAT"]: (row["BEFORE"], row["NOW"]) for row in json.loads(t("snapshot diff before --json"))["rows"]}
    assert rows["AnonHugePages"] == ("0 kB", "2048 kB")
    assert rows["enabled"] == ("[always] madvise never", "always madvise [never]")
    assert rows["thp_fault_alloc"] == ("-", 1)


def test_diff_of_two_snapshots():
    t = with_app()
    t("snapshot save a; snapshot save b")
    assert t("snapshot diff a b") == "no difference\n"


def test_list_names_the_line_before_each():
    t = with_app()
    assert t("snapshot list") == "no snapshots; `snapshot save NAME` makes one\n"
    t("snapshot save a")
    assert t("snapshot list").splitlines()[1].split(None, 2)[2] == "spawn app; mmap app buf 16M"


def test_mistakes():
    t = with_app()
    assert t.fails("snapshot restore x", 2) == "snapshot: 'x': no such snapshot; there are: none yet\n"
    assert t.fails("snapshot save", 2) == "snapshot: expected snapshot save NAME\n"
    assert t.fails("snapshot import x", 2) == "snapshot: x: No such file or directory\n"
    assert "expected" in t.fails("snapshot frob", 2)


def test_a_host_goes_to_a_file_and_comes_back():
    t = with_app()
    kept = {}
    t.session.host_files.write = kept.__setitem__
    t.session.host_files.read = kept.__getitem__
    t("touch app buf 2M; snapshot export host.snap")
    t("boot --memory 2G")
    t("snapshot import host.snap")
    assert t("slots app buf").startswith("H")
    t("undo")
    assert "app" not in t("ps")
