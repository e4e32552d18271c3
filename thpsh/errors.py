"""The kinds of going wrong.

::

    ThpshError
     ├── KernelError     an errno for the emulated user        status 1
     ├── UsageError      a word that cannot be understood      status 2
     ├── KernelPanic     the emulated host stopped             status 1, until it is booted again
     └── ModelBug        a mistake of ours (VM_BUG_ON)         stops the command, fails the test

An expected outcome is none of these: it is a return value (an enum member or ``None``).
"""

from __future__ import annotations

from enum import IntEnum


class Errno(IntEnum):
    """Error numbers of Linux x86-64 that an emulated call can return (asm-generic/errno*.h)."""

    EPERM = 1
    ENOENT = 2
    ESRCH = 3
    EINTR = 4
    EIO = 5
    ENXIO = 6
    E2BIG = 7
    EBADF = 9
    EAGAIN = 11
    ENOMEM = 12
    EACCES = 13
    EFAULT = 14
    EBUSY = 16
    EEXIST = 17
    EXDEV = 18
    ENODEV = 19
    ENOTDIR = 20
    EISDIR = 21
    EINVAL = 22
    ENOTTY = 25
    ENOSPC = 28
    EROFS = 30
    EPIPE = 32
    ERANGE = 34
    ENAMETOOLONG = 36
    ENOSYS = 38
    ENOTEMPTY = 39
    ELOOP = 40
    EOVERFLOW = 75
    EOPNOTSUPP = 95
    ETIMEDOUT = 110
    EHWPOISON = 133

    @property
    def message(self) -> str:
        """The text of strerror(3)."""
        return _MESSAGES[self]


_MESSAGES = {
    Errno.EPERM: "Operation not permitted",
    Errno.ENOENT: "No such file or directory",
    Errno.ESRCH: "No such process",
    Errno.EINTR: "Interrupted system call",
    Errno.EIO: "Input/output error",
    Errno.ENXIO: "No such device or address",
    Errno.E2BIG: "Argument list too long",
    Errno.EBADF: "Bad file descriptor",
    Errno.EAGAIN: "Resource temporarily unavailable",
    Errno.ENOMEM: "Cannot allocate memory",
    Errno.EACCES: "Permission denied",
    Errno.EFAULT: "Bad address",
    Errno.EBUSY: "Device or resource busy",
    Errno.EEXIST: "File exists",
    Errno.EXDEV: "Invalid cross-device link",
    Errno.ENODEV: "No such device",
    Errno.ENOTDIR: "Not a directory",
    Errno.EISDIR: "Is a directory",
    Errno.EINVAL: "Invalid argument",
    Errno.ENOTTY: "Inappropriate ioctl for device",
    Errno.ENOSPC: "No space left on device",
    Errno.EROFS: "Read-only file system",
    Errno.EPIPE: "Broken pipe",
    Errno.ERANGE: "Numerical result out of range",
    Errno.ENAMETOOLONG: "File name too long",
    Errno.ENOSYS: "Function not implemented",
    Errno.ENOTEMPTY: "Directory not empty",
    Errno.ELOOP: "Too many levels of symbolic links",
    Errno.EOVERFLOW: "Value too large for defined data type",
    Errno.EOPNOTSUPP: "Operation not supported",
    Errno.ETIMEDOUT: "Connection timed out",
    Errno.EHWPOISON: "Memory page has hardware error",
}


class ThpshError(Exception):
    """Base of every error thpsh raises on purpose."""


class KernelError(ThpshError):
    """An emulated call failed: ``errno`` is what the user's program sees, ``why`` one line on this case."""

    def __init__(self, errno: Errno, why: str = "") -> None:
        super().__init__(errno, why)
        self.errno = errno
        self.why = why

    def __str__(self) -> str:
        return f"{self.errno.message} ({self.errno.name})"


class UsageError(ThpshError):
    """A word of the command line or of a file cannot be understood; the text names it and what was expected."""


class KernelPanic(ThpshError):
    """The emulated kernel stopped for good; only another boot helps."""


class ModelBug(ThpshError):
    """The model contradicts itself, like a VM_BUG_ON of the kernel; never the user's fault."""
