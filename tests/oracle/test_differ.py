"""Every kind of difference is found and named."""

import copy

import pytest

from tests.oracle.cases import op, recording, region, vma
from thpsh.oracle.differ import Differ, Difference

FIRST = region("A", "r", "HP", [512, 3], vma(0, 4096, Rss=2060, Locked=4), vma(4 << 20, 4, "r--p"), zero=[0, 1])
TRUTH = op(
    "touch A r 4M write",
    at=1,
    resident=2,
    minflt=5,
    majflt=1,
    vmstat={"thp_split": 2},
    maps=[FIRST, {**copy.deepcopy(FIRST), "region": "heap"}],
)


def differences(change):
    """What differs when the real kernel did TRUTH and the emulator what `change` makes of it."""
    found = copy.deepcopy(TRUTH)
    change(found)
    operation = recording(TRUTH).operations[0]
    return {(each.what, str(each.expected), str(each.found)) for each in Differ().compare(operation, outcome(found))}


def outcome(item):
    return recording(item).operations[0].expected


def first(item):
    return item["maps"][0]


def test_nothing_differs_from_itself():
    assert differences(lambda found: None) == set()


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (lambda f: f.update(ret="-ENOMEM"), ("ret", "0", "-ENOMEM")),
        (lambda f: f.update(at=2), ("at", "1", "2")),
        (lambda f: f.pop("at"), ("at", "1", "nothing")),
        (lambda f: f.update(resident=0), ("resident", "2", "0")),
        (lambda f: f.update(value="7\n"), ("value", "nothing", "7\n")),
        (lambda f: f.update(written=3), ("written", "nothing", "3")),
        (lambda f: f.update(pinned=3), ("pinned", "nothing", "3")),
        (lambda f: f.update(died=["B"]), ("died", "nothing", "['B']")),
        (lambda f: f.update(minflt=6), ("minflt", "5", "6")),
        (lambda f: f.update(majflt=0), ("majflt", "1", "0")),
        (lambda f: f.update(vmstat={}), ("thp_split", "2", "0")),
        (lambda f: f["vmstat"].update(pages_collapsed=1), ("pages_collapsed", "0", "1")),
        (lambda f: first(f).update(slots="HF"), ("A/r slots", "HP", "HF")),
        (lambda f: first(f).update(n=[512, 4]), ("A/r n", "[512, 3]", "[512, 4]")),
        (lambda f: first(f).pop("zero"), ("A/r zero", "[0, 1]", "[0, 0]")),
        (lambda f: first(f).update(swap=[0, 1]), ("A/r swap", "[0, 0]", "[0, 1]")),
        (lambda f: first(f).update(special=[0, 1]), ("A/r special", "[0, 0]", "[0, 1]")),
        (lambda f: first(f).update(mod2M=4096), ("A/r mod2M", "0", "4096")),
        (lambda f: first(f)["vmas"][0].pop("Locked"), ("A/r [0K+4096K rw-p] Locked", "4", "0")),
        (lambda f: first(f)["vmas"][1].update(Swap=4), ("A/r [4096K+4K r--p] Swap", "0", "4")),
        (lambda f: f["maps"].pop(0), ("A/r", "there", "nothing")),
        (lambda f: f["maps"].append({**FIRST, "region": "s"}), ("A/s", "nothing", "there")),
    ],
)
def test_a_difference_is_named(change, difference):
    assert differences(change) == {difference}


@pytest.mark.parametrize(
    "change",
    [
        lambda vmas: vmas[1].update(off=8192),
        lambda vmas: vmas[1].update(kB=8),
        lambda vmas: vmas[1].update(perms="rw-p"),
        lambda vmas: vmas.pop(),
    ],
)
def test_other_vmas_are_shown_side_by_side(change):
    (found,) = differences(lambda item: change(first(item)["vmas"]))
    assert found[0] == "A/r vmas"
    assert found[1] == "['0K+4096K rw-p', '4096K+4K r--p']"
    assert found[2] != found[1]


def test_only_the_first_vma_of_the_heap_may_begin_elsewhere():
    assert differences(lambda f: f["maps"][1]["vmas"][0].update(off=-848)) == set()
    assert len(differences(lambda f: f["maps"][1]["vmas"][1].update(off=0))) == 1
    assert len(differences(lambda f: f["maps"][1]["vmas"][0].update(kB=1))) == 1


def test_faults_that_were_not_recorded_are_not_compared():
    operation = recording(op("spawn A")).operations[0]
    assert Differ().compare(operation, outcome(op("spawn A", minflt=7, majflt=1))) == []


@pytest.mark.parametrize(("found", "count"), [(5, 0), (1, 0), (0, 1)])
def test_a_counter_of_scans_only_has_to_move(found, count):
    operation = recording(op("sleep 1", vmstat={"thp_scan_exceed_none_pte": "some"})).operations[0]
    moved = outcome(op("sleep 1", vmstat={"thp_scan_exceed_none_pte": found}))
    assert len(Differ().compare(operation, moved)) == count


def test_what_is_noisy_is_left_out_and_nothing_else():
    noisy = [
        {"op": 0, "key": "thp_split"},
        {"op": 0, "key": "A/r slots"},
        {"op": 0, "key": "value"},
        {"op": 0, "key": "A/r AnonHugePages"},
    ]
    operation = recording(TRUTH, noisy=noisy).operations[0]
    found = copy.deepcopy(TRUTH)
    found.update(value="x", vmstat={"thp_split": 9}, minflt=9)
    first(found).update(slots="??", n=[0, 0])
    first(found)["vmas"][0].update(Rss=0, AnonHugePages=2048)
    assert [each.what for each in Differ().compare(operation, outcome(found))] == [
        "minflt",
        "A/r n",
        "A/r [0K+4096K rw-p] Rss",
    ]


def test_a_state_that_stays_wrong_is_told_once_and_again_when_it_changes():
    def state(line, slots):
        return op(line, maps=[region("A", "r", slots, [512], vma(0, 2048))])

    real = recording(*(state("sleep 1", "H") for _ in range(5))).operations
    differ = Differ()
    told = [
        [(each.expected, each.found) for each in differ.compare(operation, outcome(state("sleep 1", slots)))]
        for operation, slots in zip(real, "FFPHP", strict=True)
    ]
    assert told == [[("H", "F")], [], [("H", "P")], [], [("H", "P")]]


def test_a_difference_knows_its_operation():
    operation = recording(op("spawn A"), op("exit A")).operations[1]
    found = Differ().compare(operation, outcome(op("exit A", "-ESRCH")))
    assert found == [Difference(1, "exit A", "ret", "0", "-ESRCH")]
