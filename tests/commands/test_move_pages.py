"""The command move_pages."""

from tests.commands.typed import with_app


def test_asking_tells_the_node_of_each_stretch_and_moving_changes_it():
    t = with_app(nodes=2, cpus=2)
    t("touch app buf 2M")
    assert t("move_pages app buf 4M").splitlines() == [
        "FROM    PAGES  STATUS",
        "buf       512  node0",
        "buf+2M    512  ENOENT",
    ]
    assert t("slots app buf").split()[0] == "H......."
    t("move_pages app buf 1M --to 1")
    assert t("move_pages app buf 2M").splitlines()[1:] == ["buf       256  node1", "buf+1M    256  node0"]
    assert t("slots app buf").split()[0] == "F......."


def test_there_is_no_node_5():
    assert "(ENODEV)" in with_app().fails("move_pages app buf 4K --to 5")


def test_data_comes_as_json():
    assert '"STATUS": "ENOENT"' in with_app().run("move_pages app buf 4K --json")[1]
