"""The family of an anon_vma."""

from thpsh.structs.anon_vma import AnonVma


def test_the_first_of_a_family_is_its_own_root():
    parent = AnonVma(1)
    assert parent.top is parent


def test_a_grandchild_has_the_lock_of_the_first():
    first = AnonVma(1)
    child = AnonVma(2, first)
    grandchild = AnonVma(3, child.top)
    assert grandchild.top is first


def test_each_has_a_list_of_its_own():
    a, b = AnonVma(1), AnonVma(2)
    a.vmas["vma"] = None
    assert b.vmas == {}


def test_two_of_one_number_are_still_two():
    assert AnonVma(1) != AnonVma(1)
