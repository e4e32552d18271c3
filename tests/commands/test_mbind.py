"""The command mbind."""

import pytest

from tests.commands.typed import with_app


def app():
    return with_app(nodes=2, cpus=2)


def test_memory_comes_from_the_node_of_the_range():
    t = app()
    t("mbind app buf 4M bind 1; touch app buf 6M")
    assert t("move_pages app buf 6M").splitlines()[1:] == [
        "buf      1024  node1",
        "buf+4M    512  node0",
    ]
    assert t("grep bind /proc/app/numa_maps") == "200000000000 bind:1\n"


def test_move_takes_along_what_is_there():
    t = app()
    t("touch app buf 4M; mbind app buf 2M bind 1 --move")
    assert t("slots app buf").split()[0] == "FH......"
    assert t("move_pages app buf 2M").split()[-1:] == ["node1"]


def test_strict_alone_fails_on_this_kernel():
    t = app()
    t("touch app buf 2M")
    assert "(EIO)" in t.fails("mbind app buf 2M bind 0 --strict")


@pytest.mark.parametrize(
    ("line", "errno"),
    [
        ("mbind app buf 4M bind 2", "EINVAL"),
        ("mbind app buf 4M bind", "EINVAL"),
        ("mbind app buf 4M default 0", "EINVAL"),
        ("mbind app buf+1 4K bind 0", "EINVAL"),
        ("mbind app buf+1G 4K bind 0", "EFAULT"),
    ],
)
def test_bad_calls_fail_with_their_errno(line, errno):
    assert f"({errno})" in app().fails(line)


def test_wrong_words_are_named():
    assert "'near'" in app().fails("mbind app buf 4M near 1", 2)
    assert "'x': expected nodes" in app().fails("mbind app buf 4M bind x", 2)
