"""Quirks: what commits promised and the kernels of the era did not do (decisions.md §1)."""

from __future__ import annotations

from typing import Final

from thpsh.record import record


@record(frozen=True)
class Quirk:
    """One promise that was not kept; those with a switch are kept by `--intended`."""

    id: str  # of those with a switch: the field of Intended
    promised: str
    happens: str
    section: str  # of the fact sheet
    shown_by: str  # a recording or capture of a real 3.0.1; empty where it shows in the source only
    commit: int | None = None  # number of the seed commit that promised it
    switch: bool = False


QUIRKS: Final = (
    Quirk(
        "small_system_below_1g",
        "machines below 1 GB boot without huge pages",
        "only machines below 512 MiB do",
        "§1",
        "captures/min_free_kbytes_by_mem",
        21,
        switch=True,
    ),
    Quirk(
        "advice_registers",
        "MADV_HUGEPAGE on memory already touched registers the process with khugepaged",
        "under `madvise` it does not: the flags are looked at before the new one is stored",
        "§5.1",
        "khp-register-madvise",
        18,
        switch=True,
    ),
    Quirk(
        "other_node_counts",
        "khugepaged's allocations for other nodes count as local to them",
        "__GFP_OTHER_NODE is cut off on its way to the allocator, and they count as other_node",
        "§9",
        "numa-khp-first-page",
        8,
        switch=True,
    ),
    Quirk(
        "advice_on_files",
        "MADV_HUGEPAGE is EINVAL for every area that is not anonymous",
        "private mappings of files take the flag; it has no effect there",
        "§4",
        "",
        36,
    ),
    Quirk(
        "poison_counts_huge",
        "HardwareCorrupted counts what was lost",
        "an error in one page of a huge page counts 2048 kB",
        "§10",
        "poison-head",
        15,
    ),
    Quirk(
        "mlocked_counts_one",
        "Mlocked counts locked memory",
        "a huge page faulted in a locked area counts 4 kB in Mlocked, and 2048 kB in Unevictable",
        "§10",
        "memcg-mlocked",
    ),
    Quirk(
        "collapse_alloc_is_no_collapse",
        "thp_collapse_alloc counts huge pages that khugepaged allocated",
        "builds without NUMA count a page once when it is allocated and again when it is offered to a range",
        "§5.7",
        "",
        2,
    ),
)
