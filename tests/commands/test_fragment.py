"""The command fragment."""

import pytest

from tests.commands.typed import with_app


def test_fragment_names_who_holds_what_and_exit_undoes_it():
    t = with_app()
    said = t("fragment 50%")
    assert said.endswith("held by fragment; `exit fragment` gives them back\n")
    broken, free = int(said.split()[0]), int(said.split()[2])
    assert broken == free // 2
    assert t("fragment 100 --unmovable").startswith(
        f"{free - broken} of {free - broken} free blocks of 2 MiB have one locked"
    )
    assert t("fragment 10") == "nothing to break up: 0 free blocks of 2 MiB\n"
    t("echo never > /sys/kernel/mm/transparent_hugepage/defrag")
    t("echo 0 > /sys/kernel/mm/transparent_hugepage/khugepaged/defrag")
    assert "FFFF" in t("touch app buf; slots app buf")
    t("exit fragment; exit fragment2; drain")
    assert t("fragment 1").split()[2] != "0"


@pytest.mark.parametrize("word", ["0", "101", "x", "-5", "1.5", "99999999999"])
def test_fragment_takes_a_percentage(word):
    assert "expected" in with_app().fails(f"fragment {word}", 2)
