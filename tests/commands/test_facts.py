"""Facts of a host, to compare."""

from tests.commands.typed import with_app
from thpsh.commands.facts import facts


def test_facts_are_knobs_gauges_counters_and_processes():
    t = with_app()
    t("touch app buf 2M")
    found = facts(t.session)
    assert found["khugepaged/defrag"] == "1"
    assert found["MemTotal"] == "1029328 kB" or found["MemTotal"].endswith(" kB")
    assert found["thp_fault_alloc"] == 1
    assert found["app state"] == "sleeping"
    assert int(found["app RSS"].split()[0]) >= 2048
