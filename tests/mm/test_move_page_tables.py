from tests.mm.layout import placed
from tests.support import START, G, K, M
from thpsh.mm.frames import frame_at
from thpsh.mm.move_page_tables import move_page_tables
from thpsh.structs.bits import span

SLOT = START >> 21
FAR = START + 1 * G


def small(size):
    h = placed(size)
    h.enabled("never")
    return h


def move(h, offset, size, to):
    move_page_tables(h.kernel, h.task, h.task.mm, (START + offset, START + offset + size), START + to)


def test_entries_keep_their_frames_and_flags():
    h = small(2 * M)
    h.write(0, 64 * K)
    h.read(64 * K, 4 * K)
    table = h.task.mm.pmds[SLOT]
    table.young &= ~1
    frames = [frame_at(h.kernel, table, page) for page in range(16)]
    move(h, 0, 2 * M, 1 * G)
    moved = h.task.mm.pmds[FAR >> 21]
    assert table.present == table.writable == table.dirty == table.young == table.special == 0
    assert [frame_at(h.kernel, moved, page) for page in range(16)] == frames
    assert (moved.present, moved.writable, moved.dirty) == (span(0, 17), span(0, 16), span(0, 16))
    assert (moved.young, moved.special) == (span(1, 17), span(16, 17))


def test_a_shift_by_pages_spreads_one_slot_over_two():
    h = small(2 * M)
    h.write(0, 2 * M)
    frame = frame_at(h.kernel, h.task.mm.pmds[SLOT], 511)
    move(h, 0, 2 * M, 1 * G + 1 * M)
    first, second = h.task.mm.pmds[FAR >> 21], h.task.mm.pmds[(FAR >> 21) + 1]
    assert (first.present, second.present) == (span(256, 512), span(0, 256))
    assert frame_at(h.kernel, second, 255) == frame


def test_only_the_range_moves():
    h = small(2 * M)
    h.write(0, 2 * M)
    move(h, 4 * K, 8 * K, 1 * G)
    assert h.task.mm.pmds[SLOT].present == span(0, 1) | span(3, 512)
    assert h.task.mm.pmds[FAR >> 21].present == span(0, 2)


def test_empty_slots_make_no_page_table_but_empty_tables_do():
    h = small(6 * M)
    h.write(2 * M, 4 * K)
    tables = h.task.mm.nr_ptes
    move(h, 2 * M + 8 * K, 3 * M, 1 * G)
    assert h.task.mm.nr_ptes == tables + 1
    assert h.task.mm.pmds[FAR >> 21].present == 0


def test_entries_that_are_not_present_move_too():
    h = small(2 * M)
    h.write(0, 4 * K)
    table = h.task.mm.pmds[SLOT]
    table.swapped = {5: 77, 9: 88}
    move(h, 16 * K, 8 * K, 1 * G)
    assert table.swapped == {9: 88}
    assert h.task.mm.pmds[FAR >> 21].swapped == {1: 77}
    move(h, 32 * K, 8 * K, 1 * G + 64 * K)
    assert table.swapped is None
    assert h.task.mm.pmds[FAR >> 21].swapped == {1: 77, 17: 88}


def test_within_one_page_table_entries_leave_their_old_place():
    h = small(2 * M)
    h.write(0, 16 * K)
    table = h.task.mm.pmds[SLOT]
    frames = [frame_at(h.kernel, table, page) for page in range(2)]
    table.swapped = {8: 0x700, 300: 0x900}
    move(h, 0, 8 * K, 1 * M)
    move(h, 32 * K, 4 * K, 1 * M + 32 * K)
    assert table.present == table.writable == table.dirty == span(2, 4) | span(256, 258)
    assert [frame_at(h.kernel, table, page) for page in (256, 257)] == frames
    assert table.swapped == {264: 0x700, 300: 0x900}
