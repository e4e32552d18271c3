from tests.oracle.cases import replay

MAPPED = ("spawn A", "mmap A r 2M", "fill A r 16K 1", "fill A r+16K 16K 1", "madvise A r 2M mergeable")
MANY = "write /sys/kernel/mm/ksm/pages_to_scan 4000"


def values(*lines):
    return [outcome.results.get("value") for outcome in replay(*lines)[1]]


def test_ksm_waits_for_full_scans_and_tells_the_counters():
    told = values(*MAPPED, MANY, "ksm run", "ksm wait 2", "ksm stop", "ksm unmerge")
    assert told[-4:] == [
        "shared 0 sharing 0 unshared 0 volatile 0",
        "shared 4 sharing 4 unshared 0 volatile 0",
        "shared 4 sharing 4 unshared 0 volatile 0",
        "shared 0 sharing 0 unshared 0 volatile 0",
    ]


def test_ksm_that_is_stopped_is_waited_for_in_vain():
    found = replay(*MAPPED, "ksm wait 1")[1][-1]
    assert found.ret == "-ETIMEDOUT"


def test_fill_outside_of_a_region_is_a_signal():
    found = replay("spawn A", "mmap A r 8K", "fill A r 16K 1")[1][-1]
    assert (found.ret, found.results["at"]) == ("SIGSEGV", 8192)
