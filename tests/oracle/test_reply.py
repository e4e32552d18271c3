"""What an operation hands back when it says nothing of its own."""

from thpsh.oracle.reply import Reply


def test_an_operation_that_only_succeeds_returns_0_and_nothing_else():
    assert (Reply().ret, Reply().results) == ("0", {})


def test_replies_do_not_share_their_results():
    assert Reply().results is not Reply().results
    assert Reply({"faults": 3}, ret="0x1000").results == {"faults": 3}
