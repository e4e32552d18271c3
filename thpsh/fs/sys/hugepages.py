"""/sys/kernel/mm/hugepages and a node's hugepages folder (mm/hugetlb.c: hstate_attrs, per_node_hstate_attrs)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.fs.kstrto import attribute_number
from thpsh.fs.sys.node import node_of
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.current import current
from thpsh.mm.hugetlb.pool import memory_nodes, set_max_huge_pages
from thpsh.mm.mempolicy import nodemask_of_mempolicy

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbNode
    from thpsh.structs.kernel import Kernel

ROOT: Final = "/sys/kernel/mm/hugepages/hugepages-2048kB"
NODE_ROOT: Final = "/sys/devices/system/node/NODE/hugepages/hugepages-2048kB"
_RW: Final = 0o644


def _show_total(place: Place) -> str:
    return f"{place.kernel.hugetlb.total}\n"


def _store_total(place: Place, text: str) -> int:
    kernel = place.kernel
    set_max_huge_pages(kernel, current(kernel).cpu, attribute_number(kernel, text), memory_nodes(kernel))
    return len(text)


def _store_by_policy(place: Place, text: str) -> int:
    """Only the nodes of the writer's memory policy give or take pages; without a policy it is as nr_hugepages."""
    kernel = place.kernel
    allowed = nodemask_of_mempolicy(kernel, current(kernel)) or memory_nodes(kernel)
    set_max_huge_pages(kernel, current(kernel).cpu, attribute_number(kernel, text), allowed)
    return len(text)


def _show_overcommit(place: Place) -> str:
    return f"{place.kernel.hugetlb.overcommit}\n"


def _store_overcommit(place: Place, text: str) -> int:
    kernel = place.kernel
    number = attribute_number(kernel, text)
    kernel.own(kernel.hugetlb)
    kernel.hugetlb.overcommit = number
    return len(text)


def _show_free(place: Place) -> str:
    return f"{place.kernel.hugetlb.free}\n"


def _show_reserved(place: Place) -> str:
    return f"{place.kernel.hugetlb.reserved}\n"


def _show_surplus(place: Place) -> str:
    return f"{place.kernel.hugetlb.surplus}\n"


def _here(place: Place) -> HugetlbNode:
    return place.kernel.hugetlb.nodes[node_of(place).nid]


def _show_node_total(place: Place) -> str:
    return f"{_here(place).pages}\n"


def _store_node_total(place: Place, text: str) -> int:
    """Only this node's part of the pool grows or shrinks."""
    kernel = place.kernel
    others = kernel.hugetlb.total - _here(place).pages
    count = attribute_number(kernel, text) + others
    set_max_huge_pages(kernel, current(kernel).cpu, count, (node_of(place).nid,))
    return len(text)


def _show_node_free(place: Place) -> str:
    return f"{len(_here(place).free)}\n"


def _show_node_surplus(place: Place) -> str:
    return f"{_here(place).surplus}\n"


def _numa(kernel: Kernel) -> bool:
    return kernel.build.numa


FILES = (
    VFile(f"{ROOT}/nr_hugepages", _show_total, _store_total, _RW),
    VFile(f"{ROOT}/nr_hugepages_mempolicy", _show_total, _store_by_policy, _RW, exists=_numa),
    VFile(f"{ROOT}/nr_overcommit_hugepages", _show_overcommit, _store_overcommit, _RW),
    VFile(f"{ROOT}/free_hugepages", _show_free),
    VFile(f"{ROOT}/resv_hugepages", _show_reserved),
    VFile(f"{ROOT}/surplus_hugepages", _show_surplus),
    VFile(f"{NODE_ROOT}/nr_hugepages", _show_node_total, _store_node_total, _RW, exists=_numa),
    VFile(f"{NODE_ROOT}/free_hugepages", _show_node_free, exists=_numa),
    VFile(f"{NODE_ROOT}/surplus_hugepages", _show_node_surplus, exists=_numa),
)
