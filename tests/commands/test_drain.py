"""The command drain."""

from tests.commands.typed import with_app


def test_drain_empties_the_caches():
    t = with_app(cmdline="transparent_hugepage=never")
    t("touch app buf 4K")
    assert "waiting for active_anon" in t("lru")
    t("drain")
    assert "waiting" not in t("lru")
