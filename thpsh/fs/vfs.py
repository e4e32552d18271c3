"""Vfs: paths, folders, reads and writes; the tree is derived from the FILES of the modules of this room."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

import thpsh.fs as room
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfile import Place, VFile

if TYPE_CHECKING:
    from thpsh.machine import Machine
    from thpsh.structs.task import Task

Tree = dict[str, "Tree | VFile"]
_LONGEST: Final = 4095  # bytes of a path, and of a write to sysfs
_SHORT: Final = 100
_FAMILIES: Final = ("PID", "NODE", "CGROUP")  # names in the tree that stand for many folders
_MAGIC: Final = re.compile(r"[*?\[]")


@cache
def tree() -> Tree:
    """Folders and files by name, PID and NODE standing for processes and nodes."""
    from pkgutil import walk_packages  # costs 4 ms at start-up, where one file is all that is wanted

    top: Tree = {}
    for module in walk_packages(room.__path__, f"{room.__name__}."):
        for file in getattr(import_module(module.name), "FILES", ()):
            *folders, name = file.path.strip("/").split("/")
            place = top
            for folder in folders:
                below = place.setdefault(folder, {})
                if not isinstance(below, dict):
                    raise TypeError(f"{file.path}: {folder} is a file")
                place = below
            place[name] = file
    return top


@cache
def _own_module(path: str) -> VFile | None:
    """The file of a path whose module is named after it (/proc/meminfo: proc.meminfo), without loading all others."""
    name = f"{room.__name__}{path.replace('/', '.')}"
    if not all(part.isidentifier() for part in name.split(".")):
        return None
    try:
        files = getattr(import_module(name), "FILES", ())
    except ModuleNotFoundError:
        return None
    return next((file for file in files if file.path == path), None)


class Vfs:
    """The emulated files of one machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def read(self, path: str) -> str:
        """The text of a file."""
        file, place = self._file(path)
        if file.show is None:
            if file.raw is not None:
                raise KernelError(Errno.EINVAL, f"{path} is binary: 8 bytes a page; `pagetable` shows entries as text")
            raise KernelError(Errno.EACCES, f"{path} can only be written")
        return file.show(place)

    def read_bytes(self, path: str, offset: int, size: int) -> bytes:
        """A part of a file as bytes."""
        file, place = self._file(path)
        if file.raw is not None:
            return file.raw(place, offset, size)
        return self.read(path).encode()[offset : offset + size]

    def write(self, path: str, text: str, *, create: bool = True) -> int:
        """One write system call; returns the bytes used. A missing file is EACCES where open would create it."""
        try:
            file, place = self._file(path)
        except KernelError as error:
            if error.errno is Errno.ENOENT and create and path.startswith(("/proc/", "/sys/", "/cgroup/")):
                raise KernelError(Errno.EACCES, f"{path} does not exist, and nothing can be created here") from None
            raise
        if file.store is None:
            # cgroupfs lets root open what is only read, and has no use for what he writes (cgroup_file_write)
            raise KernelError(Errno.EINVAL if place.memcg is not None else Errno.EACCES, f"{path} can only be read")
        data = text.encode(errors="surrogateescape")
        if not data and not path.startswith("/cgroup/"):
            return 0
        if path.startswith("/sys/"):
            data = data[:_LONGEST]
        return file.store(place, data.decode("latin-1"))

    def kind(self, path: str) -> str:
        """Is it a `file` or a `dir`? ENOENT otherwise."""
        return "file" if isinstance(self.find(path)[0], VFile) else "dir"

    def mode(self, path: str) -> str:
        """Kind and permissions as ls -l prints them."""
        found = self.find(path)[0]
        if not isinstance(found, VFile):
            return "drwxr-xr-x" if _parts(path)[:1] in (["sys"], ["cgroup"]) else "dr-xr-xr-x"
        bits = found.mode if isinstance(found.mode, int) else found.mode(self.machine.kernel)
        letters = "".join("rwx"[2 - bit % 3] if bits >> bit & 1 else "-" for bit in range(8, -1, -1))
        return f"-{letters}"

    def listdir(self, path: str) -> list[str]:
        """The names in a folder, sorted; processes by number."""
        found, place = self.find(path)
        if isinstance(found, VFile):
            raise KernelError(Errno.ENOTDIR, f"{path} is a file")
        return self._names(found, place)

    def glob(self, pattern: str) -> list[str]:
        """The paths that match a pattern, `*`, `?` and `[...]` in any part of it."""
        if len(pattern) > _LONGEST:
            return []
        found = [""]
        for part in pattern.strip("/").split("/"):
            found = [f"{above}/{name}" for above in found for name in self._matching(above, part)]
        return found

    def _matching(self, above: str, part: str) -> list[str]:
        try:
            if not _MAGIC.search(part):
                self.find(f"{above}/{part}")
                return [part]
            names = self.listdir(above or "/")
        except KernelError:
            return []
        matches = re.compile(translate(part)).match
        return sorted(name for name in names if matches(name))

    def _file(self, path: str) -> tuple[VFile, Place]:
        own = _own_module(path) if len(path) < _SHORT else None
        if own is not None and self._exists(own):
            return own, Place(self.machine)
        found, place = self.find(path)
        if not isinstance(found, VFile):
            raise KernelError(Errno.EISDIR, f"{path} is a folder")
        return found, place

    def find(self, path: str) -> tuple[Tree | VFile, Place]:
        """What is at a path, and whose it is."""
        if not path.startswith("/"):
            raise KernelError(Errno.ENOENT, "the emulated host knows absolute paths only: /proc/…, /sys/…")
        if len(path) > _LONGEST or "\x00" in path:
            raise KernelError(Errno.ENOENT, "no file has such a name")
        found: Tree | VFile = tree()
        place = Place(self.machine)
        for part in _parts(path):
            if isinstance(found, VFile):
                raise KernelError(Errno.ENOTDIR, f"{path}: a part of it is a file")
            below, place = self._below(found, part, place)
            if below is None or not self._exists(below):
                raise KernelError(Errno.ENOENT, _why(path))
            found = below
        return found, place

    def _below(self, above: Tree, part: str, place: Place) -> tuple[Tree | VFile | None, Place]:
        if "CGROUP" in above or place.memcg is not None:
            return _in_group(above, part, place)
        if part in above and part not in _FAMILIES:
            return above[part], place
        if "PID" in above:
            task = self._task(part)
            if task is not None:
                return above["PID"], Place(self.machine, task=task)
        if "NODE" in above and part.startswith("node") and part[4:].isascii() and part[4:].isdigit():
            nodes = self.machine.kernel.nodes
            if str(int(part[4:])) == part[4:] and int(part[4:]) < len(nodes):
                return above["NODE"], Place(self.machine, node=nodes[int(part[4:])])
        return None, place

    def _task(self, word: str) -> Task | None:
        """The process of a pid, or of a name: /proc/app stands for /proc/100."""
        tasks = self.machine.kernel.tasks
        if word.isascii() and word.isdigit() and len(word) < 12:
            return tasks.get(int(word))
        named = [task for task in tasks.values() if task.name == word]
        living = [task for task in named if not task.dead]
        found = living or named
        return found[-1] if found else None

    def _exists(self, found: Tree | VFile) -> bool:
        """Is the file there on this machine? A folder is there while anything in it is."""
        if isinstance(found, VFile):
            return found.exists is None or found.exists(self.machine.kernel)
        return any(self._exists(below) for below in found.values())

    def _names(self, folder: Tree, place: Place) -> list[str]:
        kernel = self.machine.kernel
        if "CGROUP" in folder or place.memcg is not None:
            memcg = place.memcg or kernel.root_memcg
            folder = {**folder, **_group_files(folder), **dict.fromkeys(memcg.children, _group_files(folder))}
        names = sorted(name for name, below in folder.items() if name not in _FAMILIES and self._exists(below))
        if "PID" in folder:
            names = [*(str(pid) for pid in sorted(kernel.tasks)), *names]
        if "NODE" in folder:
            names = sorted([*names, *(f"node{node.nid}" for node in kernel.nodes)])
        return names


def inode(vfs: Vfs, path: str) -> int | None:
    """The inode number of a folder of a cgroup; others have none here."""
    found, place = vfs.find(path)
    if isinstance(found, VFile) or _parts(path)[:1] != ["cgroup"]:
        return None
    return (place.memcg or place.kernel.root_memcg).inode


def _in_group(above: Tree, part: str, place: Place) -> tuple[Tree | VFile | None, Place]:
    """What is in the folder of a group: its files, those of the root, and the groups below it."""
    memcg = place.memcg or place.kernel.root_memcg
    files = _group_files(above)
    here = Place(place.machine, memcg=memcg)
    if part in files:
        return files[part], here
    if part in above and part not in _FAMILIES:
        return above[part], here
    child = memcg.children.get(part)
    return (files, Place(place.machine, memcg=child)) if child is not None else (None, place)


def _group_files(folder: Tree) -> Tree:
    """The files that every group has, from the folder of the root or of another group."""
    files = folder.get("CGROUP", folder)
    return folder if isinstance(files, VFile) else files


def _parts(path: str) -> list[str]:
    """The names in a path, `.` and `..` resolved."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return parts


def _why(path: str) -> str:
    if path.startswith("/cgroup"):
        return f"{path}: there is no such file or group"
    if path.startswith(("/proc", "/sys")):
        return f"{path}: this kernel has no such file"
    return f"{path}: the emulated host has only /proc, /sys and /cgroup"
