"""/proc/sys/vm: the pool of hugetlbfs (mm/hugetlb.c: hugetlb_sysctl_handler, hugetlb_overcommit_handler)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.sysctl import Bounds, show_vector, ulong_vector
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.current import current
from thpsh.mm.hugetlb.pool import memory_nodes, set_max_huge_pages
from thpsh.mm.mempolicy import nodemask_of_mempolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.structs.kernel import Kernel

ROOT: Final = "/proc/sys/vm"
_ANY: Final = Bounds()


def _show_size(place: Place) -> str:
    """What the last write achieved, not what there is: surplus is left out."""
    return show_vector([place.kernel.hugetlb.max_pages])


def _store_size(place: Place, text: str) -> int:
    """Any size is success; the file reads how far it went."""
    return _resize(place.kernel, text, memory_nodes(place.kernel))


def _store_by_policy(place: Place, text: str) -> int:
    """The same on the nodes of the writer's memory policy, if it has one."""
    kernel = place.kernel
    return _resize(kernel, text, nodemask_of_mempolicy(kernel, current(kernel)) or memory_nodes(kernel))


def _resize(kernel: Kernel, text: str, allowed: Sequence[int]) -> int:
    found = ulong_vector(text, 1, _ANY).checked()
    wanted = found.values[0]
    count = kernel.hugetlb.max_pages if wanted is None else wanted
    set_max_huge_pages(kernel, current(kernel).cpu, count, allowed)
    return found.used


def _show_overcommit(place: Place) -> str:
    return show_vector([place.kernel.hugetlb.overcommit])


def _store_overcommit(place: Place, text: str) -> int:
    found = ulong_vector(text, 1, _ANY).checked()
    if found.values[0] is not None:
        place.kernel.own(place.kernel.hugetlb)
        place.kernel.hugetlb.overcommit = found.values[0]
    return found.used


def _numa(kernel: Kernel) -> bool:
    return kernel.build.numa


FILES = (
    VFile(f"{ROOT}/nr_hugepages", _show_size, _store_size, 0o644),
    VFile(f"{ROOT}/nr_hugepages_mempolicy", _show_size, _store_by_policy, 0o644, exists=_numa),
    VFile(f"{ROOT}/nr_overcommit_hugepages", _show_overcommit, _store_overcommit, 0o644),
)
