"""Huge pages kept in a pool of their own (mm/hugetlb.c, fs/hugetlbfs).

=======  ==================================================================================================
pool     the pool: alloc_fresh_huge_page, set_max_huge_pages, free_huge_page, gather_surplus_pages
reserve  promises to mappings: hugetlb_reserve_pages, hugetlb_vm_op_close, alloc_huge_page
fault    hugetlb_fault, hugetlb_no_page, hugetlb_cow
mapped   what is mapped: __unmap_hugepage_range, copy_hugetlb_page_range, hugetlb_change_protection
file     the nameless file behind MAP_HUGETLB, and its end: hugetlb_file_setup, truncate_hugepages
=======  ==================================================================================================

Such mappings stand in `Mm.hugetlb`, apart from the slots of ordinary memory: nothing that splits, collapses, swaps or
moves transparent huge pages ever meets them.
"""
