"""Folders that come and go: cgroups (kernel/cgroup.c: cgroup_mkdir, cgroup_rmdir). All others are fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.cgroup import cgroup_create, cgroup_rmdir

if TYPE_CHECKING:
    from thpsh.fs.vfs import Tree, Vfs
    from thpsh.structs.memcg import MemCgroup

ROOT: Final = "/cgroup"
_NAME_MAX: Final = 255  # bytes
_WHY: Final = "folders come and go only below /cgroup"


def mkdir(vfs: Vfs, path: str) -> MemCgroup:
    """Make a folder: a cgroup."""
    *above, name = path.rstrip("/").split("/") or [""]
    found, place = vfs.find("/".join(above) or "/")
    if isinstance(found, VFile):
        raise KernelError(Errno.ENOTDIR, f"{path}: a part of it is a file")
    memcg = _group(found, place)
    if len(name.encode(errors="surrogateescape")) > _NAME_MAX:
        raise KernelError(Errno.ENAMETOOLONG, f"a name of at most {_NAME_MAX} bytes is expected")
    if name in (".", "..") or _taken(vfs, path):
        raise KernelError(Errno.EEXIST, f"{path} is there already")
    if memcg is None:
        raise KernelError(Errno.ENOENT if path.startswith("/proc/") else Errno.EPERM, _WHY)
    if "\n" in name:
        raise KernelError(Errno.EINVAL, "a name of one line is expected")
    return cgroup_create(vfs.machine.kernel, memcg, name)


def rmdir(vfs: Vfs, path: str) -> None:
    """Remove a folder: a cgroup without tasks and groups below it."""
    found, place = vfs.find(path)
    if isinstance(found, VFile):
        raise KernelError(Errno.ENOTDIR, f"{path} is a file")
    memcg = _group(found, place)
    if memcg is None:
        raise KernelError(Errno.EPERM, _WHY)
    cgroup_rmdir(vfs.machine.kernel, memcg)


def group_at(vfs: Vfs, path: str) -> MemCgroup:
    """The cgroup of a folder, also by its path inside /cgroup: `/cgroup/a`, `/a` and `a` are one."""
    inside = path.removeprefix(ROOT) if path == ROOT or path.startswith(f"{ROOT}/") else path
    found, place = vfs.find(f"{ROOT}/{inside}")
    memcg = None if isinstance(found, VFile) else _group(found, place)
    if memcg is None:
        raise KernelError(Errno.ENOTDIR, f"{path} is no group")
    return memcg


def _group(found: Tree, place: Place) -> MemCgroup | None:
    """The group whose folder it is."""
    return place.kernel.root_memcg if "CGROUP" in found else place.memcg


def _taken(vfs: Vfs, path: str) -> bool:
    try:
        vfs.find(path)
    except KernelError:
        return False
    return True
