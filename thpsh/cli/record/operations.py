"""What the recorder can do on a host, and why it leaves out the rest."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

from thpsh.cli.record.counters import KHUGEPAGED, read_number
from thpsh.cli.record.knobs import THP
from thpsh.cli.record.libc import Failed
from thpsh.oracle.calls import ADVICE, PROTECTIONS, SI_CODES
from thpsh.oracle.more_operations import pick_lines
from thpsh.oracle.words import Refused, Words, size_of
from thpsh.structs.kernel import FIRST_WINDOW, WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thpsh.cli.record.process import Process
    from thpsh.cli.record.recorder import HostRecorder

    Does = Callable[["HostRecorder", Words], dict[str, Any]]

WAKE_KNOB: Final = KHUGEPAGED + "scan_sleep_millisecs"
_NO_GROUPS: Final = "memory cgroups of version 1 are those of older kernels"
_PRESSURE: Final = "this would put the whole machine under pressure"
_POISON: Final = "this would take memory away from the machine"
_OWN_PROGRAM: Final = "the recorder's own program is in it, which is another one on each kernel"
_HOST: Final = "this would change the machine outside the recorded processes"
_NOT_HERE: Final = "the recorder of this host cannot do it"
LEFT_OUT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("cgroup", "cgmk", "cgrm", "cgmove", "cgset", "cgget"), _NO_GROUPS),
    **dict.fromkeys(("hog", "punch", "cache", "swapon", "swapoff"), _PRESSURE),
    **dict.fromkeys(("poison", "softoffline", "hwcorrupted", "mcekill", "signals"), _POISON),
    **dict.fromkeys(("status", "procfile", "stack", "exec", "brk"), _OWN_PROGRAM),
    **dict.fromkeys(("compact", "dropcaches", "ksm", "procwrite", "sh"), _HOST),
    **dict.fromkeys(
        (
            "mbind",
            "mempolicy",
            "migratepages",
            "movepages",
            "touchbg",
            "join",
            "fill",
            "oomadj",
            "free",
            "dmesg",
            "drain",
        ),
        _NOT_HERE,
    ),
}
"""Operations that are left out on a host, with the reason."""

_POISONING: Final = (100, 101)
_WAKE: Final = "600000"
_IDLE: Final = 20.0  # seconds without a finished scan after which nobody waits for khugepaged any longer
_IDLE_NEVER: Final = 3.0
_LONGEST: Final = 60.0


class Skipped(Exception):
    """An operation that was not done; the text says why."""


def _range(host: HostRecorder, words: Words) -> tuple[Process, int, int]:
    """NAME REGION+OFF LEN: process, address, length."""
    process = host.process(words)
    return process, process.place(words[2]), words.size(3)


def ask(process: Process, name: str, *arguments: object) -> dict[str, Any]:
    """What a process answers, as a recording has it: the return value beside what else was told."""
    answer = process.ask(name, *arguments)
    if "skipped" in answer:
        raise Skipped(answer["skipped"])
    error = answer.pop("error", None)
    answer["ret"] = f"-{error}" if error else answer.get("ret", 0)
    if not answer["majflt"]:
        del answer["majflt"]
    return answer


def _spawn(host: HostRecorder, words: Words) -> dict[str, Any]:
    host.spawn(words[1])
    return {}


def _fork(host: HostRecorder, words: Words) -> dict[str, Any]:
    host.enter(host.process(words).fork(words[2]))
    return {}


def _exit(host: HostRecorder, words: Words) -> dict[str, Any]:
    host.forget(host.process(words)).end()
    return {}


def _mmap(host: HostRecorder, words: Words) -> dict[str, Any]:
    process, length = host.process(words), words.size(3)
    offset = size_of(words.option("offset") or "0", "bad offset")
    protection = PROTECTIONS.get(words.option("prot") or "rw", PROTECTIONS["rw"])
    address = 0 if words.option("align") == "none" else host.new_window() + offset
    answer = ask(process, "mmap", address, length, int(protection), words.option("map") or "private")
    return _named(process, words[2], length, answer)


def _named(process: Process, region: str, length: int, answer: dict[str, Any]) -> dict[str, Any]:
    """Note the place of a new region; faults of mmap are not told."""
    if isinstance(answer["ret"], int):
        process.regions[region] = (answer["ret"], length)
        return {}
    return {"ret": answer["ret"]}


def _plain(host: HostRecorder, words: Words) -> dict[str, Any]:
    """Operations of a range and nothing else."""
    process, address, length = _range(host, words)
    return ask(process, words.name, address, length)


def _mlockall(host: HostRecorder, words: Words) -> dict[str, Any]:
    flags = words.size(2)
    arguments = (flags,) if flags else ()
    answer = ask(host.process(words), "mlockall" if flags else "munlockall", *arguments)
    return {"ret": answer["ret"]}


def _mprotect(host: HostRecorder, words: Words) -> dict[str, Any]:
    process, address, length = _range(host, words)
    if words[4] not in PROTECTIONS:
        raise Refused("bad prot")
    return ask(process, "mprotect", address, length, int(PROTECTIONS[words[4]]))


def _madvise(host: HostRecorder, words: Words) -> dict[str, Any]:
    process, address, length = _range(host, words)
    advice = ADVICE.get(words[4])
    number = size_of(words[4], "bad advice") if advice is None else int(advice)
    if number & 0xFFFFFFFF in _POISONING:
        raise Skipped(_POISON)
    return ask(process, "madvise", address, length, number)


def _mremap(host: HostRecorder, words: Words) -> dict[str, Any]:
    process, address, length = _range(host, words)
    wanted, to = words.size(4), words.option("to")
    answer = ask(process, "mremap", address, length, wanted, 3 if to else 1, host.new_window() if to else 0)
    found = answer["ret"]
    if not isinstance(found, int):
        return answer
    answer["ret"] = 0
    name = words[2].partition("+")[0]
    base, size = process.regions[name]
    if to:
        process.regions[to] = (found, wanted)
    elif found == address:
        process.regions[name] = (base, max(size, address + wanted - base))
    else:
        process.regions[f"{name[:20]}~{len(process.regions)}"] = (found, wanted)
        answer["how"] = "moved"
    return answer


def _touch(host: HostRecorder, words: Words) -> dict[str, Any]:
    process, address, length = _range(host, words)
    stride = size_of(words.option("stride") or "4K", "bad stride")
    if not stride:
        raise Refused("bad stride")
    write = words[4] == "write"
    answer = ask(process, "touch", address, length, write, stride)
    at = answer.pop("at", None)
    if at is None:
        return answer
    allowed = _permissions(process.pid, at)
    answer["ret"] = "SIGBUS" if allowed is not None and ("w" if write else "r") in allowed else "SIGSEGV"
    answer["at"] = at - process.place(words[2].partition("+")[0])
    if words.words[-1] == "info" and answer["ret"] == "SIGSEGV":
        answer["si_code"] = SI_CODES["SEGV_MAPERR" if allowed is None else "SEGV_ACCERR"]
        answer["si_addr"] = answer["at"]
    return answer


def _permissions(pid: int, address: int) -> str | None:
    """What may be done at an address of a process; None if nothing is mapped there."""
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
        for line in file:
            bounds, perms = line.split()[:2]
            start, end = (int(each, 16) for each in bounds.split("-"))
            if start <= address < end:
                return perms
    return None


def _unpin(host: HostRecorder, words: Words) -> dict[str, Any]:
    ask(host.process(words), "unpin")
    return {}


def _readpagemap(host: HostRecorder, words: Words) -> dict[str, Any]:
    process, address, length = _range(host, words)
    with open(f"/proc/{process.pid}/pagemap", "rb", buffering=0) as file:
        file.seek(address // 4096 * 8)
        file.read(-(-length // 4096) * 8)
    return {}


def _cpu(host: HostRecorder, words: Words) -> dict[str, Any]:
    os.sched_setaffinity(host.process(words).pid, {words.size(2)})
    return {}


def _write(host: HostRecorder, words: Words) -> dict[str, Any]:
    value = words.value(1).encode()
    written = host.knobs.write(words[1], value)
    return {"written": written} if written != len(value) else {}


def _read(words: Words) -> dict[str, Any]:
    return {"value": _file(words[1])}


def _pick(words: Words) -> dict[str, Any]:
    return {"value": pick_lines(_file(words[1]), words.words[2:])}


def _file(path: str) -> str:
    """The text of a pseudo-file: others are not the host's business."""
    if not path.startswith(("/proc/", "/sys/")):
        raise Skipped("only files below /proc and /sys are read")
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _wake(host: HostRecorder, words: Words) -> dict[str, Any]:
    """One wake-up of khugepaged, and some time for it to work."""
    before = read_number(KHUGEPAGED + "full_scans") or 0
    host.knobs.write(WAKE_KNOB, _WAKE.encode())
    time.sleep((words.size(1) if len(words) > 1 else 400) / 1000)
    return {"full_scans": (read_number(KHUGEPAGED + "full_scans") or 0) - before}


def _wait_khugepaged(words: Words) -> dict[str, Any]:
    """Wait until khugepaged has finished so many scans, or none for a while."""
    before = seen = read_number(KHUGEPAGED + "full_scans") or 0
    patience = _IDLE_NEVER if "[never]" in _file(THP + "enabled") else _IDLE
    begin = last = time.monotonic()
    while seen - before < words.size(1):
        now = time.monotonic()
        if now - last > patience or now - begin > _LONGEST:
            return {"ret": "-ETIMEDOUT", "full_scans": seen - before}
        time.sleep(0.005)
        scans = read_number(KHUGEPAGED + "full_scans") or 0
        if scans != seen:
            seen, last = scans, now
    return {}


def _sleep(words: Words) -> dict[str, Any]:
    time.sleep(min(words.size(1) / 1000, _LONGEST))
    return {}


def _watch(host: HostRecorder, words: Words) -> dict[str, Any]:
    host.counters.watched += words.words[1:]
    return {}


OPERATIONS: Final[Mapping[str, Does]] = {
    "spawn": _spawn,
    "fork": _fork,
    "exit": _exit,
    "mmap": _mmap,
    **dict.fromkeys(("munmap", "mlock", "munlock", "mincore", "pin"), _plain),
    "mlockall": _mlockall,
    "mprotect": _mprotect,
    "madvise": _madvise,
    "mremap": _mremap,
    "touch": _touch,
    "unpin": _unpin,
    "readpagemap": _readpagemap,
    "cpu": _cpu,
    "write": _write,
    "wake": _wake,
    "watch": _watch,
}
"""Operations of recorded processes and of the recorder's own state."""

OF_WORDS: Final[Mapping[str, Callable[[Words], dict[str, Any]]]] = {
    "read": _read,
    "pick": _pick,
    "wait_khugepaged": _wait_khugepaged,
    "sleep": _sleep,
}
"""Operations that look or wait."""

_NOT_NEEDED: Final = frozenset({"exact", "settle"})  # event counters are exact here when they are read
KNOWN: Final = frozenset({*OPERATIONS, *OF_WORDS, *_NOT_NEEDED, *LEFT_OUT})


def do(host: HostRecorder, words: Words) -> dict[str, Any]:
    """Do one operation; what a recording says of it, with errors of the kernel as return values."""
    if words.name in LEFT_OUT:
        raise Skipped(LEFT_OUT[words.name])
    try:
        return {"ret": 0, **_done(host, words)}
    except Refused as problem:
        return {"error": str(problem), "ret": 0}
    except OSError as error:
        return {"ret": f"-{Failed(error.errno or 0)}"}


def _done(host: HostRecorder, words: Words) -> dict[str, Any]:
    if words.name in OPERATIONS:
        return OPERATIONS[words.name](host, words)
    if words.name in OF_WORDS:
        return OF_WORDS[words.name](words)
    if words.name in _NOT_NEEDED:
        return {}
    raise Refused("unknown op")


def window(number: int) -> int:
    """The start of the n-th fresh place, with nothing mapped for 4 GiB."""
    return FIRST_WINDOW + WINDOW * number
