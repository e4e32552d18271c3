"""How the end of a process is told."""

from tests.commands.typed import with_app


def test_who_dies_of_an_access_and_where_is_an_error():
    assert with_app().fails("touch app 0x1000 4K") == "touch: killed by SIGSEGV at 0x1000\n"


def test_an_access_that_is_allowed_is_no_error():
    assert with_app()("touch app buf 4K") == "1 minor fault\n"
