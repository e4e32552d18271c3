"""The scenarios of the seed's commits: they hold on both sides, and none by itself."""

import io

import pytest

from tests.test_scenarios import checked_session
from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles, shipped_scenarios
from thpsh.commands.machine_options import spec_from_keys
from thpsh.commands.session import Session
from thpsh.releases import find
from thpsh.scenario.suite import Suite

SEED = [name for name in shipped_scenarios() if name.startswith("seed/")]
RULE_ONLY = 37  # documents a rule: it has one side


def number_of(name):
    return int(name.removeprefix("seed/")[:2])


def session(keys):
    """A host whose invariants are checked where no fix is taken out: broken kernels break them."""
    if "revert" not in keys:
        return checked_session(keys)
    spec = spec_from_keys(keys)
    return Session(boot(spec), HostFiles(), spec)


def replay(name, *, wrong_side):
    out = io.StringIO()
    return Suite(HostFiles(), session, wrong_side=wrong_side).run([name], out), out.getvalue()


@pytest.mark.parametrize("name", SEED)
def test_it_holds_on_both_sides(name):
    results, text = replay(name, wrong_side=False)
    assert [result.failed for result in results] == [0] * len(results), text
    number = number_of(name)
    sides = [f"with {number}"] if number == RULE_ONLY else [f"without {number}", f"with {number}"]
    assert [result.side for result in results] == sides


@pytest.mark.parametrize("name", [name for name in SEED if number_of(name) != RULE_ONLY])
def test_what_is_meant_for_one_side_fails_on_the_other(name):
    results, text = replay(name, wrong_side=True)
    for result in results:
        tagged = [outcome for outcome in result.outcomes if outcome.tag and not outcome.skipped]
        assert tagged, text
        assert [outcome.text for outcome in tagged if outcome.held] == [], result.side


@pytest.mark.parametrize("name", SEED)
def test_its_name_is_that_of_the_change(name):
    assert name == f"seed/{number_of(name):02d}-{find(str(number_of(name))).id}"


def test_all_38_are_there():
    assert sorted(number_of(name) for name in SEED) == list(range(1, 39))
