"""Records behave as slotted dataclasses do."""

import dataclasses
from typing import ClassVar

import pytest

from thpsh.record import field, names_of, record, replace


@record(eq=False)
class Base:
    """A record with a field set by name."""

    epoch: int = field(default=0, kw_only=True)


@record(eq=False)
class Thing(Base):
    """A record that inherits."""

    name: str
    numbers: list[int] = field(default_factory=list)
    made: int = field(init=False)
    kind: ClassVar[str] = "thing"

    def __post_init__(self) -> None:
        self.made = len(self.name)


@record(frozen=True, order=True)
class Point:
    """A frozen record."""

    x: int
    y: int = 2


def test_fields_come_in_the_order_of_the_annotations():
    thing = Thing("abc", epoch=5)
    assert (thing.name, thing.numbers, thing.made, thing.epoch, thing.kind) == ("abc", [], 3, 5, "thing")
    assert names_of(Thing) == ("epoch", "name", "numbers", "made")


def test_each_record_gets_a_default_of_its_own():
    assert Thing("a").numbers is not Thing("b").numbers


def test_records_have_slots_only():
    with pytest.raises(AttributeError):
        Thing("a").other = 1
    assert not hasattr(Thing("a"), "__dict__")


def test_frozen_records_are_values():
    assert Point(1) == Point(1, 2)
    assert Point(1) != Point(2)
    assert hash(Point(1)) == hash(Point(1, 2))
    assert Point(1) < Point(1, 3) <= Point(2)
    assert repr(Point(1)) == "Point(x=1, y=2)"
    with pytest.raises(AttributeError, match="frozen"):
        Point(1).x = 5


def test_records_without_eq_are_themselves():
    assert Thing("a") != Thing("a")
    assert len({Thing("a"), Thing("a")}) == 2


def test_wrong_arguments_are_refused():
    with pytest.raises(TypeError):
        Point()
    with pytest.raises(TypeError):
        Point(1, 2, 3)
    with pytest.raises(TypeError):
        Thing("a", [], 5)


def test_the_first_records_of_a_kind_are_filled_as_all_later_ones():
    @record(frozen=True)
    class Late:
        a: int
        b: list[int] = field(default_factory=list)
        c: int = field(default=4, kw_only=True)
        sum: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "sum", self.a + self.c)

    made = [Late(1, c=2) for _ in range(5)]
    assert all((each.a, each.b, each.c, each.sum) == (1, [], 2, 3) for each in made)
    assert len({id(each.b) for each in made}) == 5
    assert len(set(map(repr, made))) == 1


@pytest.mark.parametrize("before", [0, 1, 5])
@pytest.mark.parametrize("words", [((), {}), ((1, 2, 3), {}), ((1,), {"x": 1}), ((1,), {"z": 1}), ((), {"y": 1})])
def test_wrong_arguments_are_refused_from_the_first_record_on(before, words):
    @record
    class Pair:
        x: int
        y: int = 2

    for _ in range(before):
        Pair(1)
    with pytest.raises(TypeError):
        Pair(*words[0], **words[1])


def test_a_copy_with_changes():
    assert replace(Point(1), y=7) == Point(1, 7)
    assert dataclasses.replace(Point(1), y=7) == Point(1, 7)


def test_the_functions_of_dataclasses_work():
    assert dataclasses.is_dataclass(Thing)
    assert [each.name for each in dataclasses.fields(Thing)] == ["epoch", "name", "numbers", "made"]
    assert dataclasses.asdict(Point(1)) == {"x": 1, "y": 2}


def test_a_dataclass_may_inherit_from_a_record():
    @dataclasses.dataclass(slots=True)
    class More(Base):
        extra: int = 1

    assert (More(3).extra, More(3, epoch=2).epoch) == (3, 2)
