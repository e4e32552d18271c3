"""The command brk."""

from tests.commands.typed import with_app


def test_brk_resizes_the_heap():
    t = with_app()
    assert t("brk app 4M") == "heap: 0x420000, 4M\n"
    t("touch app heap")
    assert t("slots app heap") == "PHP 480 512 32\n"
    assert "ENOMEM" in t.fails("brk app 600T")
