"""The command memcg."""

import json

from tests.commands.typed import with_app


def test_the_tree_shows_what_each_group_uses():
    t = with_app()
    t("mkdir /cgroup/web /cgroup/web/a; cgroup attach web app; cgroup set web limit_in_bytes 3M; touch app buf 2M")
    rows = {row["GROUP"]: row for row in json.loads(t("memcg --json"))["rows"]}
    assert list(rows) == ["/", "/web", "/web/a"]
    web = rows["/web"]
    assert (web["USAGE"], web["LIMIT"], web["RSS"], web["STOCK"], web["TASKS"]) == (2048, "3072", 2048, 0, 1)
    assert rows["/web/a"]["LIMIT"] == "-"


def test_of_a_huge_page_only_the_head_is_used():
    t = with_app()
    t("mkdir /cgroup/web; cgroup attach web app; touch app buf 2M")
    assert json.loads(t("memcg app buf --json"))["rows"] == [{"GROUP": "/web", "PAGES": 512, "USED": 1}]
    t("munmap app buf 4K")
    assert json.loads(t("memcg app buf+4K --json"))["rows"] == [{"GROUP": "/web", "PAGES": 511, "USED": 511}]


def test_before_the_fix_all_512_are_used():
    t = with_app(revert=("16",))
    t("mkdir /cgroup/web; cgroup attach web app; touch app buf 2M")
    assert json.loads(t("memcg app buf --json"))["rows"] == [{"GROUP": "/web", "PAGES": 512, "USED": 512}]


def test_a_process_alone_is_not_enough():
    assert "'app' alone: expected PROC ADDR" in with_app().fails("memcg app", status=2)
    assert "'app': expected no process with --tree" in with_app().fails("memcg app --tree", status=2)


def test_the_groups_as_a_tree_with_bars():
    t = with_app()
    t("mkdir /cgroup/web /cgroup/web/a /cgroup/zoo; cgroup attach web app; cgroup set web limit_in_bytes 4M")
    t("touch app buf 2M")
    assert t("memcg --tree").splitlines()[1:] == [
        "+- web  [########........]  2M of 4M, 1 task",
        "|  `- a  [................]  0, no limit, 0 tasks",
        "`- zoo  [................]  0, no limit, 0 tasks",
    ]
