"""KSM, the merging of pages with equal contents (mm/ksm.c).

slots: __ksm_enter, __ksm_exit, ksmd's list of processes · items: rmap_items and stable nodes
· merge: try_to_merge_one_page, write_protect_page, replace_page · scan: ksm_do_scan, cmp_and_merge_page
· unmerge: break_ksm, unmerge_ksm_pages, the values of `run` · daemon: ksm_scan_thread
"""
