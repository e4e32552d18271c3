"""Limits and usage: memory.limit_in_bytes and its like, and the same with swap (mm/memcontrol.c: mem_cgroup_files)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.cgroup.cftype import cftype, simple_strtoull, written
from thpsh.mm.cgroup import all_groups
from thpsh.mm.memcg_limit import resize_limit, resize_memsw_limit
from thpsh.structs.memcg import RES_MAX
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup

_ULONGLONG: Final = 1 << 64
_SUFFIXES: Final = {"k": 10, "m": 20, "g": 30}


def parse_limit(text: str) -> int:
    """A limit in bytes: a number with K, M or G, rounded up to a page; -1 is none (res_counter_memparse)."""
    word = written(text)
    if word[:1] == "-":
        number, rest = simple_strtoull(word[1:], 10)
        if number == 1 and not rest:
            return RES_MAX
        rest = word
    else:
        number, rest = simple_strtoull(word)
    if rest[:1].lower() in _SUFFIXES:
        number = (number << _SUFFIXES[rest[0].lower()]) % _ULONGLONG
        rest = rest[1:]
    if rest:
        raise KernelError(Errno.EINVAL, f"{word!r}: expected bytes, with K, M or G behind them, or -1 for no limit")
    return (number + PAGE_SIZE - 1) % _ULONGLONG & -PAGE_SIZE


def usage(kernel: Kernel, memcg: MemCgroup, *, swap: bool) -> int:
    """Bytes in use; the root's are summed up from the statistics of all groups that count as its own."""
    if memcg.parent is not None:
        return memcg.memsw.usage if swap else memcg.res.usage
    groups = all_groups(kernel) if memcg.use_hierarchy else [memcg]
    pages = sum(each.stat.cache + each.stat.rss + (each.stat.swap if swap else 0) for each in groups)
    return pages << PAGE_SHIFT


def _store_limit(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    _limitable(memcg)
    resize_limit(kernel, memcg, parse_limit(text))


def _store_memsw_limit(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    _limitable(memcg)
    resize_memsw_limit(kernel, memcg, parse_limit(text))


def _limitable(memcg: MemCgroup) -> None:
    if memcg.parent is None:
        raise KernelError(Errno.EINVAL, "the root group is never limited")


def _store_soft_limit(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    limit = parse_limit(text)
    kernel.own(memcg.res)
    memcg.res.soft_limit = limit


def _reset_max(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    del text
    kernel.own(memcg.res)
    memcg.res.max_usage = memcg.res.usage


def _reset_memsw_max(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    del text
    kernel.own(memcg.memsw)
    memcg.memsw.max_usage = memcg.memsw.usage


def _reset_failcnt(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    del text
    kernel.own(memcg.res)
    memcg.res.failcnt = 0


def _reset_memsw_failcnt(kernel: Kernel, memcg: MemCgroup, text: str) -> None:
    del text
    kernel.own(memcg.memsw)
    memcg.memsw.failcnt = 0


FILES: Final = (
    cftype("memory.usage_in_bytes", lambda kernel, memcg: f"{usage(kernel, memcg, swap=False)}\n"),
    cftype("memory.max_usage_in_bytes", lambda _, memcg: f"{memcg.res.max_usage}\n", _reset_max),
    cftype("memory.limit_in_bytes", lambda _, memcg: f"{memcg.res.limit}\n", _store_limit),
    cftype("memory.soft_limit_in_bytes", lambda _, memcg: f"{memcg.res.soft_limit}\n", _store_soft_limit),
    cftype("memory.failcnt", lambda _, memcg: f"{memcg.res.failcnt}\n", _reset_failcnt),
    cftype("memory.memsw.usage_in_bytes", lambda kernel, memcg: f"{usage(kernel, memcg, swap=True)}\n"),
    cftype("memory.memsw.max_usage_in_bytes", lambda _, memcg: f"{memcg.memsw.max_usage}\n", _reset_memsw_max),
    cftype("memory.memsw.limit_in_bytes", lambda _, memcg: f"{memcg.memsw.limit}\n", _store_memsw_limit),
    cftype("memory.memsw.failcnt", lambda _, memcg: f"{memcg.memsw.failcnt}\n", _reset_memsw_failcnt),
)
