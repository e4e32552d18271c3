"""The command boot."""

from tests.commands.typed import Typed, with_app


def test_boot_replaces_the_host():
    t = with_app()
    assert t("boot --memory 2G --cpus 1") == "Linux 3.0.0: 2063540 kB, 1 node, 1 CPU\n"
    assert "app" not in t("ps")


def test_boot_names_what_cannot_be():
    t = Typed()
    assert "memory" in t.fails("boot --memory 1M", 2)
    assert "5Q" in t.fails("boot --memory 5Q", 2)
    assert "expected 2.6.37" in t.fails("boot --kernel 9.9", 2)


def test_boot_says_what_else_it_had_to_revert():
    out = Typed()("boot --revert 35 --nodes 2")
    assert out.splitlines()[0].endswith(", 2 nodes, 2 CPUs")
    assert out.splitlines()[1:] == ["16 (memcg-used-head-only) is reverted, too: it needs 35 (memcg-huge-charge)"]
