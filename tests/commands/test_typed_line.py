"""Lines that were typed."""

from tests.commands.typed import with_app


def standing(host):
    return [each.text for each in host.session.typed if each.stands]


def test_undone_lines_do_not_stand_until_they_are_done_again():
    host = with_app()
    host("touch app buf 4K")
    host("undo")
    assert standing(host) == ["spawn app; mmap app buf 16M"]
    host("redo")
    assert standing(host) == ["spawn app; mmap app buf 16M", "touch app buf 4K"]


def test_the_errno_is_that_of_the_line_itself():
    host = with_app()
    host.fails("madvise app buf+1 4K hugepage")
    host("ps")
    assert [(each.status, each.errno) for each in host.session.typed] == [(0, ""), (1, "EINVAL"), (0, "")]
