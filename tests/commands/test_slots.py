"""The command slots."""

from tests.commands.typed import with_app


def test_slots_prints_letters_then_pages():
    t = with_app()
    t("touch app buf 4M; madvise app buf+4M 4M nohugepage; touch app buf+4M 2M; touch app buf+6M 12K")
    t("touch app buf+8M 4K --read; munmap app buf+1M 4K")
    assert t("slots app buf") == "FHFPH... 511 512 512 3 512 0 0 0\n".replace("FHFPH", "PHFPH")


def test_the_zero_page_has_its_letter():
    t = with_app(cmdline="transparent_hugepage=never")
    t("touch app buf 8K --read")
    assert t("slots app buf").startswith("z")
