from thpsh.structs.ksm import Ksm


def test_what_is_in_no_tree_is_volatile():
    assert Ksm(rmap_items=10, pages_shared=1, pages_sharing=2, pages_unshared=3).pages_volatile == 4


def test_a_negative_number_is_concealed():
    assert Ksm(rmap_items=1, pages_unshared=3).pages_volatile == 0
