"""The memory of each process over time."""

from types import SimpleNamespace

from tests.support import M, host
from thpsh.mm.exit import do_exit
from thpsh.observe.process_timeline import FEW, MOST, NOTHING, ProcessSample, ProcessTimeline, kinds_of


def test_the_kinds_of_a_process_are_its_rss_and_swap():
    h = host(memory=1024 * M)
    h.map(8 * M)
    h.write(0, 3 * M)
    mm = h.task.mm
    huge, small, file, hugetlb, swap = kinds_of(mm)
    assert huge == 1024
    assert huge + small + file == mm.rss
    assert (hugetlb, swap) == (0, 0)


def test_a_process_is_noted_when_its_memory_changes_and_when_it_ends():
    h = host()
    line = ProcessTimeline()
    line.look(h.kernel)
    line.look(h.kernel)
    h.map(2 * M)
    h.write(0, 2 * M)
    line.look(h.kernel)
    do_exit(h.kernel, h.task)
    line.look(h.kernel)
    line.look(h.kernel)
    found = line.of(h.task.name)
    assert [each.huge for each in found][-2:] == [512, 0]
    assert found[-1][3:] == NOTHING
    assert line.of(str(h.task.pid)) == found
    assert line.of("nobody") == []


def test_what_no_epoch_has_touched_is_not_looked_at_again():
    h = host()
    line = ProcessTimeline()
    h.kernel.journal.begin()
    line.look(h.kernel)
    h.kernel.journal.begin()
    line.look(h.kernel)
    h.kernel.journal.begin()
    h.task.mm.anon_rss += 5  # behind the journal's back
    line.look(h.kernel)
    before = len(line.of(h.task.name))
    h.kernel.own(h.task.mm)
    line.look(h.kernel)
    assert len(line.of(h.task.name)) == before + 1


def test_among_many_processes_not_every_time_is_their_turn():
    many = {pid: SimpleNamespace(mm=None) for pid in range(200)}
    kernel = SimpleNamespace(tasks=many, clock=SimpleNamespace(now=1), journal=SimpleNamespace(epoch=9))
    line, looks = ProcessTimeline(), 0
    for _ in range(40):
        line.epoch = 0
        line.sample(kernel)
        looks += line.epoch == kernel.journal.epoch
    assert looks == 40 // -(-200 // FEW)


def test_a_mark_leads_back_and_forth():
    h = host()
    line = ProcessTimeline()
    line.look(h.kernel)
    mark, before = line.mark(), list(line.samples)
    h.map(2 * M)
    h.write(0, 2 * M)
    line.look(h.kernel)
    after = list(line.samples)
    forth = line.exchange(mark)
    assert line.samples == before
    line.exchange(forth)
    assert line.samples == after
    line.look(h.kernel)
    assert line.samples == after  # nothing has changed since


def test_many_samples_are_thinned_and_the_first_and_newest_of_each_stay():
    h = host()
    line = ProcessTimeline([ProcessSample(time, 7 + time % 2, "x", time, 0, 0, 0, 0) for time in range(MOST)])
    line.look(h.kernel)
    assert len(line.samples) < MOST * 2 // 3
    assert [each.time for each in line.of("7")[:2]] == [0, 4]
    assert line.of("7")[-1].time == MOST - 2
