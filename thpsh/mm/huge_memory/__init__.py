"""Transparent huge pages: what mm/huge_memory.c does, by subject; `FUNCTIONS` finds a kernel function's module."""

from __future__ import annotations

from typing import Final

FUNCTIONS: Final = {
    "transparent_hugepage_enabled": "policy",
    "transparent_hugepage_defrag": "policy",
    "hugepage_init": "policy",
    "hugepage_madvise": "policy",
    "khugepaged_enter": "mm_slot",
    "khugepaged_enter_vma_merge": "mm_slot",
    "khugepaged_exit": "mm_slot",
    "start_khugepaged": "khugepaged",
    "do_huge_pmd_anonymous_page": "fault",
    "do_huge_pmd_wp_page": "fault",
    "copy_huge_pmd": "mapped",
    "change_huge_pmd": "mapped",
    "mincore_huge_pmd": "mapped",
    "split_huge_page": "split",
    "split_huge_page_pmd": "split",
    "vma_adjust_trans_huge": "split",
}
"""Kernel function -> module of this folder."""
