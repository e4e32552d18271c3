"""Memory by kind over time."""

from tests.support import M, host
from thpsh.observe.timeline import MOST, Sample, Timeline, sample_of


def test_every_page_is_of_one_kind():
    h = host(memory=1024 * M)
    h.map(8 * M)
    h.write(0, 4 * M)
    found = sample_of(h.kernel)
    assert sum((found.free, found.huge, found.small, found.cache, found.other)) == h.kernel.totals.total_pages
    assert found.huge == 1024


def test_only_changes_are_kept_and_one_for_each_time():
    h = host()
    line = Timeline()
    line.sample(h.kernel)
    line.sample(h.kernel)
    h.map(2 * M)
    h.write(0, 2 * M)
    line.sample(h.kernel)
    assert len(line.samples) == 1
    h.kernel.clock.now += 5
    line.sample(h.kernel)
    assert len(line.samples) == 1


def test_many_samples_are_thinned_and_the_newest_stays():
    line = Timeline([Sample(time, time, 0, 0, 0, 0, 0) for time in range(MOST)])
    h = host()
    h.kernel.clock.now = 10**12
    line.sample(h.kernel)
    assert len(line.samples) == MOST // 2 + 1
    assert line.samples[-1].time == 10**12


def test_a_mark_leads_back():
    h = host()
    line = Timeline()
    line.sample(h.kernel)
    mark = line.mark()
    line.samples.clear()
    forth = line.exchange(mark)
    assert len(line.samples) == 1
    line.exchange(forth)
    assert line.samples == []
