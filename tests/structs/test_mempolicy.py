"""Memory policies as set_mempolicy(2) numbers them."""

import pytest

from thpsh.structs.mempolicy import MemPolicy, NodeMode, PolicyMode


def test_numbers_of_mempolicy_h():
    assert [PolicyMode(number).name for number in range(4)] == ["DEFAULT", "PREFERRED", "BIND", "INTERLEAVE"]


def test_equal_policies_let_vmas_merge():
    assert MemPolicy(PolicyMode.BIND, (0, 1)) == MemPolicy(PolicyMode.BIND, (0, 1))
    assert MemPolicy(PolicyMode.BIND, (0, 1)) != MemPolicy(PolicyMode.INTERLEAVE, (0, 1))
    assert MemPolicy(PolicyMode.BIND, (0,)) != MemPolicy(PolicyMode.BIND, (1,))


def test_a_policy_that_vmas_share_cannot_change():
    with pytest.raises(AttributeError, match="frozen"):
        MemPolicy(PolicyMode.PREFERRED, (1,)).nodes = ()


def test_policies_asked_for_in_other_words_keep_vmas_apart():
    static = MemPolicy(PolicyMode.BIND, (0,), NodeMode.STATIC, (0,))
    assert static != MemPolicy(PolicyMode.BIND, (0,))
    assert static != MemPolicy(PolicyMode.BIND, (0,), NodeMode.STATIC, (0, 5))
    assert [NodeMode(1 << 14).name, NodeMode(1 << 15).name] == ["RELATIVE", "STATIC"]
