"""A machine as plain lists and back."""

import json

import pytest

from tests.commands.typed import with_app
from thpsh.errors import ModelBug
from thpsh.machine.graph import DamagedError, decode, encode
from thpsh.mm.debug_vm import debug_vm
from thpsh.record import names_of
from thpsh.structs.zone import ZoneStat


def test_a_machine_comes_back_as_it_was():
    t = with_app(nodes=2, memory=2 << 30)
    t("swapon 64M; touch app buf 5M; fork app b; touch b buf --random 20; pin app buf; tick 20s")
    t("cgroup create web 64M; cgroup attach web b; fragment 30; mmap app seg 4M --shared; touch app seg")
    text = json.dumps(encode(t.session.machine))
    again = decode(json.loads(text))
    debug_vm(again.kernel)
    assert json.dumps(encode(again)) == text


def test_what_was_one_object_stays_one():
    t = with_app()
    again = decode(encode(t.session.machine))
    assert again.kernel.zones[-1] is again.kernel.nodes[0].zones[-1]
    bus = again.kernel.trace
    assert again.vm_events in bus.subscribers
    assert bus.by_kind["Printk"][0] is again.dmesg


def test_what_is_no_state_is_not_written():
    with pytest.raises(ModelBug, match="cannot be saved"):
        encode([object()])


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"classes": [["os.system"]], "nodes": [["record", 0]]},
        {"classes": [["thpsh.cli.main.main"]], "nodes": []},
        {"classes": [["thpsh.structs.kernel.Final"]], "nodes": []},
        {"classes": [], "nodes": [["list", [7]]]},
        {"classes": [["thpsh.structs.zone.ZoneStat", *names_of(ZoneStat)]], "nodes": [["record", 0, 1]]},
        {"classes": [], "nodes": [["tuple", [0]]]},
        {"classes": [], "nodes": [["list", {}], 3]},
    ],
)
def test_other_lists_are_refused(data):
    with pytest.raises(DamagedError):
        decode(data)
