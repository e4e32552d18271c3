"""The command kill."""

from tests.commands.typed import with_app


def test_the_dead_and_the_kernel_cannot_be_used():
    t = with_app()
    t("kill app")
    assert "kill: No such process (ESRCH)\n    app was killed by SIGKILL\n" in t.fails("kill app")
    assert "(EPERM)" in t.fails("kill init")
    assert "(ESRCH)" in t.fails("touch kthreadd 0x1000 4K")
