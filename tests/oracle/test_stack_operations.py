"""Stacks that grow, programs with long arguments."""

from tests.oracle.cases import replay


def test_a_stack_grows_page_by_page_from_the_lowest_page_in_use():
    run, outcomes = replay("spawn A", "stack A 6M")
    assert (outcomes[1].ret, outcomes[1].minflt) == ("0", 1535)  # two of the 1537 pages were there
    region = run.recorder.processes["A"].regions["stack"]
    assert region.length >> 10 == 6152
    assert region.base + region.length == 0x7FFFFFFFF000


def test_arguments_never_come_in_huge_pages():
    always = "write /sys/kernel/mm/transparent_hugepage/enabled always"
    run, outcomes = replay(always, "exec A 1M")
    assert outcomes[1].regions["A", "stack"].slots == "."
    stack = [vma for vma in run.recorder.processes["A"].task.mm.vmas if vma.start > 0x7FFFF8000000][-1]
    assert stack.nr_pages == 256 + 1 + 1 + 32  # arguments, their pointers, the guard page, 128 KiB more


def test_the_slot_at_the_end_of_the_address_space_cannot_be_seen():
    _, outcomes = replay("spawn A", "stack A 4M")
    assert outcomes[1].regions["A", "stack"].slots[-1] == "."
