"""Front matter: accepted keys, and errors with their place."""

import pytest

from thpsh.boot.spec import NodeSpec
from thpsh.scenario import front_matter
from thpsh.scenario.place import ScenarioError


def test_a_file_without_fence_has_no_front_matter():
    assert front_matter.split("a.thp", "spawn app\n") == ("", 0)


def test_the_fences_count_as_lines():
    assert front_matter.split("a.thp", "+++\ntitle = 'x'\n+++\nspawn app\n") == ("title = 'x'", 3)


def test_a_missing_end_is_named():
    with pytest.raises(ScenarioError, match=r"a\.thp:1:1: the front matter has no end"):
        front_matter.split("a.thp", "+++\ntitle = 'x'\nspawn app\n")


def test_all_keys_are_read():
    front = front_matter.read(
        "a.thp",
        'title = "T"\nsummary = "S"\ncommits = [25, "memcg-used-head-only"]\nlevel = 2\ntags = ["split"]\n'
        'memory = "512M"\nnodes = 2\ncpus = 4\nswap = "1G"\ncmdline = "quiet"\nseed = 7\nkernel = "3.0"\n'
        "revert = 25\napply = []\nintended = true\ndrained = true\n",
    )
    assert (front.title, front.summary, front.level, front.tags) == ("T", "S", 2, ("split",))
    assert front.commits == ("25", "memcg-used-head-only")
    assert front.machine == {
        "kernel": "3.0",
        "memory": 536870912,
        "nodes": 2,
        "cpus": 4,
        "swap": 1073741824,
        "cmdline": "quiet",
        "seed": 7,
        "revert": ("25",),
        "apply": (),
        "intended": True,
        "drained": True,
    }


def test_only_the_keys_given_are_passed_on():
    assert front_matter.read("a.thp", "memory = 67108864\n").machine == {"memory": 67108864}


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("title = 'x'\ncolour = 3", r"a\.thp:3:1: front matter: colour: unknown key; expected one of title"),
        ("title = 'x'\n  memory = '8 gigs'", r"a\.thp:3:3: front matter: memory: .*8 gigs"),
        ("nodes = '2'", r"a\.thp:2:1: front matter: nodes: "),
        ("memory = true", r"a\.thp:2:1: front matter: memory: expected a size"),
        ("commits = [1.5]", r"a\.thp:2:1: front matter: commits: expected a number"),
        ("[machine]\nmemory = 1", r"a\.thp:2:1: front matter: machine: unknown key"),
        ("title = 'x'\nlevel = = 2", r"a\.thp:3:9: front matter: "),
        ("title = 'x", r"a\.thp:2:\d+: front matter: "),
    ],
)
def test_an_error_has_its_line_and_column(toml, message):
    with pytest.raises(ScenarioError, match=message):
        front_matter.read("a.thp", toml)


def test_commits_are_changes_that_exist():
    with pytest.raises(ScenarioError, match=r"a\.thp:2:1: front matter: commits: change '99': expected a number"):
        front_matter.read("a.thp", "commits = [25, 99]\n")


def test_nodes_that_differ_are_described_one_by_one():
    front = front_matter.read(
        "a.thp", '[[node]]\nmemory = "1G"\ncpus = 2\ndistance = [10, 40]\n[[node]]\nmemory = "32M"\ncpus = 0\n'
    )
    assert front.machine == {
        "memory": (1 << 30) + (32 << 20),
        "nodes": 2,
        "cpus": 2,
        "node_list": (NodeSpec(1 << 30, 2, (10, 40)), NodeSpec(32 << 20, 0)),
    }


def test_equal_and_unequal_nodes_do_not_mix():
    with pytest.raises(ScenarioError, match=r"a\.thp:3:1: front matter: node: .*give one or the other"):
        front_matter.read("a.thp", 'memory = "1G"\n[[node]]\nmemory = "32M"\n')


def test_processor_and_build_are_tables_as_in_a_machine_file():
    found = front_matter.read("a.thp", "[cpu]\npse = false\n[build]\nnuma = false\n").machine
    assert found["pse"] is False
    assert found["build"].numa is False
    with pytest.raises(ScenarioError, match="build"):
        front_matter.read("a.thp", "[build]\nthp = 'often'\n")
