from thpsh.mm.mman import Madv, Map, Mcl, Mremap, Prot, access_word


def test_the_numbers_are_those_of_the_c_library():
    assert (Prot.READ, Prot.WRITE, Prot.EXEC, Prot.GROWSDOWN) == (1, 2, 4, 0x01000000)
    assert (Map.SHARED, Map.PRIVATE, Map.FIXED, Map.ANONYMOUS) == (1, 2, 0x10, 0x20)
    assert (Map.LOCKED, Map.NORESERVE, Map.POPULATE, Map.HUGETLB) == (0x2000, 0x4000, 0x8000, 0x40000)
    assert (Mremap.MAYMOVE, Mremap.FIXED, Mcl.CURRENT, Mcl.FUTURE) == (1, 2, 1, 2)
    assert (Madv.DONTNEED, Madv.HUGEPAGE, Madv.NOHUGEPAGE, Madv.HWPOISON) == (4, 14, 15, 100)


def test_the_access_of_a_protection_in_letters():
    assert [access_word(prot) for prot in (0, 1, 3, 7, 0x01000003)] == ["---", "r--", "rw-", "rwx", "rw-"]
