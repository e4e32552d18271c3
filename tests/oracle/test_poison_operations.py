from tests.oracle.cases import replay

MAPPED = ("spawn A", "mmap A r 4M", "madvise A r 4M hugepage", "touch A r 4M write stride=2M")


def test_poison_lets_one_page_fail_and_is_counted_as_a_whole_huge_page():
    found = replay(*MAPPED, "hwcorrupted", "poison A r+4K", "hwcorrupted")[1]
    assert [outcome.results["value"] for outcome in (found[4], found[6])] == ["0 kB", "2048 kB"]
    view = found[5].regions["A", "r"]
    assert (view.slots, view.special, view.swapped) == ("XH", (1, 0), (0, 0))


def test_signals_are_told_by_region_and_offset():
    found = replay(*MAPPED, "mcekill A early", "poison A r+8K", "signals A")[1]
    assert found[-1].results["value"] == "AO r+8192"


def test_a_process_that_wants_late_signals_gets_none():
    found = replay(*MAPPED, "mcekill A early", "mcekill A late", "poison A r+8K", "signals A")[1]
    assert found[-1].results["value"] == ""


def test_touch_with_info_tells_code_and_place_of_a_signal():
    found = replay(*MAPPED, "poison A r+8K", "touch A r+8K 4K read info", "touch A r+4M 4K read info")[1]
    assert found[-2].ret == "SIGBUS"
    assert found[-2].results == {"at": 8192, "si_code": 4, "si_addr": 8192}
    assert found[-1].results == {"at": 4 << 20, "si_code": 1, "si_addr": 4 << 20}
