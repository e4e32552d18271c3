"""The command migratepages."""

from tests.commands.typed import with_app


def test_all_of_a_process_but_its_program_moves_to_another_node():
    t = with_app(nodes=2, cpus=2)
    t("touch app buf 4M")
    assert t("migratepages app 0 1") == "15 pages could not be moved\n"
    assert t("slots app buf").split()[0] == "FF......"
    assert t("move_pages app buf 4M").splitlines()[1:] == ["buf    1024  node1"]


def test_pages_that_are_held_stay():
    t = with_app(nodes=2, cpus=2)
    t("echo never > /sys/kernel/mm/transparent_hugepage/enabled; touch app buf 4M; pin app buf 12K")
    assert t("migratepages app 0 1") == "18 pages could not be moved\n"


def test_the_target_must_have_memory():
    assert "(EINVAL)" in with_app().fails("migratepages app 0 3")
