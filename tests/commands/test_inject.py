"""The command inject."""

import json

from tests.commands.typed import with_app


def test_the_list_says_what_is_armed():
    t = with_app()
    t("inject vma_alloc 2")
    rows = {row["POINT"]: row["IN"] for row in json.loads(t("inject --json"))["rows"]}
    assert rows["vma_alloc"] == 2
    assert rows["page_alloc"] == "-"


def test_off_takes_it_back():
    t = with_app()
    t("inject vma_alloc 1; inject vma_alloc off; munmap app buf+4K 4K")


def test_mistakes():
    t = with_app()
    assert "expected" in t.fails("inject nowhere 1", 2)
    assert t.fails("inject vma_alloc", 2) == "inject: nothing after vma_alloc: expected a number from 1, or off\n"
    assert "expected a number from 1" in t.fails("inject vma_alloc 0", 2)
