"""The kernels on which a scenario with commits is replayed."""

from thpsh.scenario.front_matter import FrontMatter
from thpsh.scenario.sides import sides_of


def sides(*commits, **machine):
    return [(side.label, dict(side.keys)) for side in sides_of(FrontMatter(commits=commits, machine=machine))]


def test_a_scenario_without_commits_has_one_side():
    assert sides(memory=1 << 30) == [("", {"memory": 1 << 30})]


def test_what_the_kernel_has_is_taken_out_for_the_other_side():
    assert sides("14") == [("without 14", {"revert": ("14",)}), ("with 14", {"apply": ()})]


def test_what_the_kernel_lacks_is_put_in():
    assert sides("1") == [("without 1", {"revert": ()}), ("with 1", {"apply": ("1",)})]
    assert sides("7", kernel="2.6.38")[1] == ("with 7", {"kernel": "2.6.38", "apply": ("7",)})


def test_a_rule_that_is_only_documented_has_one_side():
    assert [label for label, _ in sides("37")] == ["with 37"]
