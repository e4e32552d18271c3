"""Copy on write of state: an object is saved once in each epoch."""

from thpsh.record import field, record
from thpsh.structs.versioned import Journal, Layer, Versioned, field_names, memento


@record(eq=False)
class Thing(Versioned):
    number: int = 0
    names: dict[str, int] = field(default_factory=dict)


def test_nothing_is_saved_while_nobody_wants_to_go_back():
    journal, thing = Journal(), Thing()
    journal.own(thing)
    assert journal.layers == []


def test_the_first_change_of_an_epoch_saves_the_fields_as_they_were():
    journal, thing = Journal(), Thing(1, {"a": 1})
    journal.epoch = 1
    journal.layers.append(Layer(1))
    for number in (2, 3):
        journal.own(thing)
        thing.number = number
        thing.names["a"] = number
    assert len(journal.layers[0].saved) == 1
    saved = dict(zip(field_names(Thing), journal.layers[0].saved[0][1], strict=True))
    assert saved["number"] == 1
    assert saved["names"] == {"a": 1}


def test_a_memento_does_not_follow_later_changes():
    thing = Thing(names={"a": 1})
    kept = memento(thing)
    thing.names["b"] = 2
    assert {"a": 1} in kept
