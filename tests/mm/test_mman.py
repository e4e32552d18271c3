from thpsh.mm.mman import Madv, Map, Mcl, Mremap, Prot


def test_the_numbers_are_those_of_the_c_library():
    assert (Prot.READ, Prot.WRITE, Prot.EXEC, Prot.GROWSDOWN) == (1, 2, 4, 0x01000000)
    assert (Map.SHARED, Map.PRIVATE, Map.FIXED, Map.ANONYMOUS) == (1, 2, 0x10, 0x20)
    assert (Map.LOCKED, Map.NORESERVE, Map.POPULATE, Map.HUGETLB) == (0x2000, 0x4000, 0x8000, 0x40000)
    assert (Mremap.MAYMOVE, Mremap.FIXED, Mcl.CURRENT, Mcl.FUTURE) == (1, 2, 1, 2)
    assert (Madv.DONTNEED, Madv.HUGEPAGE, Madv.NOHUGEPAGE, Madv.HWPOISON) == (4, 14, 15, 100)
