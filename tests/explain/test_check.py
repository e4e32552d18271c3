"""Conditions and decisions."""

from thpsh.explain.check import Decision, State


def test_a_decision_holds_if_all_its_conditions_do():
    found = Decision("?")
    assert found.ask("a", "f", "is it", "yes", holds=True)
    assert found.answer
    assert not found.ask("b", "g", "is it", "no", holds=False)
    assert not found.answer
    assert [check.id for check in found.failing] == ["b"]
    found.skip("c", "g", "is it", "not reached")
    assert [check.id for check in found.failing] == ["b"]
    assert [check.state for check in found.checks] == [State.OK, State.NO, State.SKIPPED]
