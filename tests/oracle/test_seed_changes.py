"""The change of the history behind a difference."""

from thpsh.boot.spec import MachineSpec
from thpsh.errors import ModelBug
from thpsh.oracle.differ import Difference
from thpsh.oracle.seed_changes import behind, others

SLOTS = Difference(4, "mprotect A r 2M r", "A/r slots", "HH", "FH")
FAULTS = Difference(8, "touch A r 2M write", "minflt", 1, 512)


def test_a_kernel_is_looked_at_change_by_change():
    found = others(MachineSpec(memory=1 << 30, revert=("31",)))
    assert [(words, spec.kernel, spec.revert, spec.memory) for words, spec in found] == [
        (
            "without change 31 (mprotect-huge): thp: mprotect: transparent huge page support",
            "3.0",
            ("mprotect-huge",),
            1 << 30,
        )
    ]
    assert [words.split(":")[0] for words, _ in others(MachineSpec(kernel="3.0-rc4", revert=("2",)))] == [
        "without change 2 (collapse-alloc-counted-once)"
    ]
    (with_it,) = others(MachineSpec(apply=("1",)))
    assert with_it[0].startswith("with change 1 (exit-single-unlock)")


def test_the_kernel_of_the_recordings_lacks_nothing():
    assert others(MachineSpec()) == []
    assert behind([SLOTS], MachineSpec(), lambda spec: []) == ("",)


def test_a_difference_belongs_to_the_first_change_that_shows_it_alone():
    def again(spec):
        return {(): [], ("mprotect-huge",): [SLOTS], ("mincore-huge",): [SLOTS, FAULTS]}[spec.revert]

    told = behind([SLOTS, FAULTS], MachineSpec(revert=("31", "32")), again)
    assert told[1].startswith("without change 3")
    assert {told[0][:17], told[1][:17]} <= {"without change 31", "without change 32"}


def test_what_3_0_shows_as_well_is_of_no_change():
    assert behind([FAULTS], MachineSpec(revert=("31",)), lambda spec: [FAULTS]) == ("",)


def test_a_change_that_breaks_the_host_explains_nothing():
    def again(spec):
        if spec.revert:
            raise ModelBug("broken")
        return []

    assert behind([FAULTS], MachineSpec(revert=("31",)), again) == ("",)
