"""The command unpin."""

from tests.commands.typed import with_app


def test_unpin_lets_all_pins_of_a_process_go_once():
    t = with_app()
    t("pin app buf 64K; pin app buf+4M 4K")
    assert t("unpin app") == "17 pages let go\n"
    assert t("unpin app") == "0 pages let go\n"


def test_unpin_names_a_process_that_is_not_there():
    assert "'nobody': no such process" in with_app().fails("unpin nobody", 2)
