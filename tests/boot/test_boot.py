"""From a spec to a running machine."""

import pytest

from tests.support import G, host
from thpsh.boot import MachineSpec, boot
from thpsh.errors import UsageError
from thpsh.structs.config import BuildConfig


@pytest.mark.parametrize(
    ("cmdline", "always", "madvise"),
    [
        ("", True, False),
        ("transparent_hugepage=never", False, False),
        ("transparent_hugepage=madvise", False, True),
        ("quiet transparent_hugepage=always", True, False),
        ("transparent_hugepage=0", True, False),
        ("transparent_hugepage=", True, False),
    ],
)
def test_the_boot_parameter_knows_three_words(cmdline, always, madvise):
    thp = host(cmdline=cmdline).kernel.thp
    assert (thp.enabled_always, thp.enabled_madvise) == (always, madvise)


def test_an_unknown_boot_word_is_ignored_with_a_warning():
    assert "transparent_hugepage= cannot parse, ignored" in host(cmdline="transparent_hugepage=2").machine.dmesg.text()


def test_a_cpu_without_pse_has_no_thp_at_all():
    kernel = host(pse=False).kernel
    assert not kernel.thp.registered
    assert not kernel.thp.enabled


def test_a_madvise_build_boots_with_madvise():
    assert host(build=BuildConfig(thp="madvise")).kernel.thp.enabled_madvise


def test_thp_raises_min_free_kbytes_at_boot():
    assert host(memory=2 * G).kernel.sysctl.min_free_kbytes == 45056
    assert host(memory=2 * G, cmdline="transparent_hugepage=never").kernel.sysctl.min_free_kbytes == 5752


def test_a_fresh_host_runs_init_and_the_daemons():
    kernel = boot(MachineSpec(nodes=2)).kernel
    assert [task.name for task in kernel.tasks.values()] == [
        "init", "kthreadd", "kswapd0", "kswapd1", "ksmd", "khugepaged",
    ]  # fmt: skip


def test_the_banner_names_release_and_build():
    assert "Linux version 3.0.0 (thpsh@thpsh) (gcc version 4.6.1) #1 SMP" in boot().dmesg.text()


def test_unknown_kernels_are_refused():
    with pytest.raises(UsageError, match=r"4\.99"):
        boot(MachineSpec(kernel="4.99"))
