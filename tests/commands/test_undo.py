"""The command undo."""

from tests.commands.typed import with_app


def test_undo_takes_back_several_lines_as_far_as_there_are():
    t = with_app()
    t("touch app buf 2M")
    t("munmap app buf+1M 4K")
    assert (
        t("undo 9") == "undone: munmap app buf+1M 4K\nundone: touch app buf 2M\nundone: spawn app; mmap app buf 16M\n"
    )
    assert t.fails("undo", 2) == "undo: nothing to undo\n"


def test_a_loop_is_undone_whole():
    t = with_app()
    t("for x in a b c; do spawn $x; done")
    t("undo")
    assert "app" in t("ps")
    assert " a\n" not in t("ps")


def test_undo_of_boot_brings_the_old_host_back():
    t = with_app()
    t("touch app buf 2M; boot --memory 2G")
    t("undo")
    assert t("slots app buf").startswith(".")
