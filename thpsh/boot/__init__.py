"""The one place where parts are joined: a MachineSpec becomes a booted Machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.boot.log import boot_log, ready_log
from thpsh.boot.memory import build_nodes, build_zones, free_all, nodes_of_cpus
from thpsh.boot.spec import MachineSpec, check
from thpsh.errors import KernelError
from thpsh.machine import Machine
from thpsh.mm.exec import DEFAULT_ARGS, execve, spawn
from thpsh.mm.huge_memory.khugepaged import start_khugepaged
from thpsh.mm.huge_memory.policy import hugepage_init, set_enabled, setup_transparent_hugepage
from thpsh.mm.kthread import kthread_run
from thpsh.mm.task import new_task
from thpsh.mm.watermark import init_per_zone_wmark_min
from thpsh.mm.zonelist import far_apart
from thpsh.releases import KernelSelection, fold
from thpsh.structs.cpu import Cpu
from thpsh.structs.intended import Intended
from thpsh.structs.kernel import Kernel
from thpsh.structs.random import Rng
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.task import Task

__all__ = ["MachineSpec", "boot"]

COMPILER: Final = "gcc version 4.6.1"
FIRST_USER_PID: Final = 100
KSMD_NICE: Final = 5
# What a quiet host holds of the memory the kernel took while it booted, in pages.
_QUIET: Final = {"nr_slab_reclaimable": 241, "nr_slab_unreclaimable": 309, "nr_kernel_stack": 17}


def boot(spec: MachineSpec | None = None) -> Machine:
    """Boot a machine; UsageError if there can be no such machine or kernel."""
    spec = check(spec or MachineSpec())
    selection = fold(spec.kernel, revert=spec.revert, apply=spec.apply)
    kernel = _build(spec, selection)
    machine = Machine(kernel, selection)
    _start(kernel, spec, selection)
    machine.finish()
    if spec.settings:
        _set(machine, spec)
    return machine


def _set(machine: Machine, spec: MachineSpec) -> None:
    """Write the settings of a captured host to the files of this one."""
    from thpsh.fs.vfs import Vfs

    files = Vfs(machine)
    for path, value in spec.settings:
        try:
            files.write(path, value)
        except KernelError:  # a kernel that lacks the file, or the value
            continue
    machine.finish()


def _build(spec: MachineSpec, selection: KernelSelection) -> Kernel:
    zones = build_zones(spec)
    nodes = build_nodes(spec, zones)
    kernel = Kernel(
        features=selection.features,
        intended=Intended.all() if spec.intended else Intended(),
        build=spec.build,
        cost=spec.cost,
        paging=spec.paging,
        nodes=nodes,
        zones=zones,
        cpus=tuple(Cpu(number, node) for number, node in enumerate(nodes_of_cpus(spec))),
        release=f"{selection.release.uname}{selection.local_version}{'-intended' if spec.intended else ''}",
        cmdline=spec.cmdline,
        keep_drained=spec.drained,
    )
    kernel.rng = Rng(spec.seed)
    if kernel.build.numa and far_apart(kernel):
        kernel.sysctl.zone_reclaim_mode = 1
    kernel.totals.total_pages = sum(zone.managed for zone in zones)
    return kernel


def _start(kernel: Kernel, spec: MachineSpec, selection: KernelSelection) -> None:
    banner = f"Linux version {kernel.release} (thpsh@thpsh) ({COMPILER}) #1 SMP {selection.release.built}"
    kernel.trace.emit(Printk(boot_log(kernel, spec, banner)))
    if kernel.build.thp == "madvise" and kernel.features.default_mode_choice:
        set_enabled(kernel, "madvise")
    if not kernel.features.direct_defrag_default:
        kernel.thp.defrag_always = False
    for word in spec.cmdline.split():
        name, _, value = word.partition("=")
        if name == "transparent_hugepage" and kernel.features.transparent_hugepage:
            setup_transparent_hugepage(kernel, value)
    free_all(kernel)
    init_per_zone_wmark_min(kernel)
    init = _first_tasks(kernel)
    if "hugepages=" in spec.cmdline:
        from thpsh.mm.hugetlb.pool import hugetlb_init

        hugetlb_init(kernel, spec.cmdline)
    hugepage_init(kernel, spec.pse)
    if kernel.thp.registered:
        start_khugepaged(kernel)
    kernel.totals.next_pid = FIRST_USER_PID
    _quiet(kernel)
    kernel.trace.emit(Printk(ready_log()))
    execve(kernel, init, DEFAULT_ARGS)
    init.min_flt = init.maj_flt = 0
    if spec.swap:
        from thpsh.mm.swapon import swapon

        swapon(kernel, spec.swap)


def _quiet(kernel: Kernel) -> None:
    stat = kernel.nodes[0].zones[-1].stat
    for name, pages in _QUIET.items():
        setattr(stat, name, pages)


def _first_tasks(kernel: Kernel) -> Task:
    """Start init, which is returned, and the daemons that memory management has."""
    init = new_task(kernel, "init", 0, 0)
    new_task(kernel, "kthreadd", 0, 0)
    for node in kernel.nodes:
        kthread_run(kernel, f"kswapd{node.nid}", cpu=node.cpus[0] if node.cpus else 0)
    kthread_run(kernel, "ksmd", nice=KSMD_NICE)
    return init


def start_process(machine: Machine, name: str, cpu: int = 0) -> Task:
    """A process started by init, for tests and tools."""
    return spawn(machine.kernel, name, machine.kernel.tasks[1], cpu)
