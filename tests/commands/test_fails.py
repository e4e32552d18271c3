"""The command fails."""

from tests.commands.typed import with_app


def test_fails_wants_the_errno():
    t = with_app()
    t("fails EINVAL madvise app buf 4K 99")
    assert "expected: ENOMEM" in t.fails("fails ENOMEM madvise app buf 4K 99")
    assert "unknown errno" in t.fails("fails ENOTHING madvise app buf 4K 99", 2)
    assert "expected ERRNO and a command" in t.fails("fails EINVAL", 2)


def test_with_an_errno_that_there_is_not_the_command_is_not_run():
    t = with_app()
    t.fails("fails ENOTHING touch app buf", 2)
    assert t("slots app buf").startswith("........")
