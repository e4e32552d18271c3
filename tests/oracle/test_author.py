"""Random scripts: repeatable, and made of operations that find what they name."""

import random

from thpsh.oracle.author import MOST_PROCESSES, MOST_REGIONS, Author


def script(seed, length=400):
    return Author(random.Random(seed)).write(length)


def test_the_same_dice_write_the_same_script():
    assert script(7) == script(7)
    assert script(7) != script(8)


def test_a_script_has_the_length_asked_for_and_begins_with_a_process():
    lines = script(3, 25)
    assert len(lines) == 25
    assert lines[0] == "spawn P1"
    assert lines[1].startswith("mmap P1 r2 ")


def test_every_operation_names_a_living_process_and_one_of_its_regions():
    living = {}
    for line in script(5):
        name, who, *rest = line.split()
        if name == "spawn":
            living[who] = set()
        elif name == "fork":
            living[rest[0]] = set(living[who])
        elif name == "exit":
            del living[who]
        elif name == "mmap":
            living[who].add(rest[0])
        elif name not in ("write", "wait_khugepaged"):
            assert rest[0].partition("+")[0] in living[who]
        assert len(living) <= MOST_PROCESSES


def test_a_process_never_maps_more_regions_than_it_may():
    mapped = {}
    for line in script(9):
        words = line.split()
        if words[0] == "mmap":
            mapped.setdefault(words[1], set()).add(words[2])
        elif words[0] == "fork":
            mapped[words[2]] = set(mapped.get(words[1], ()))
        elif words[0] == "munmap" and "+" not in words[2]:
            mapped[words[1]].remove(words[2])
        assert all(len(regions) <= MOST_REGIONS for regions in mapped.values())
