"""Who writes to files."""

from tests.support import host
from thpsh.mm.current import INIT_PID, current
from thpsh.mm.exit import do_exit, reap


def test_the_shell_is_init():
    h = host()
    assert current(h.kernel) is h.kernel.tasks[INIT_PID]
    assert current(h.kernel).name == "init"


def test_without_init_somebody_writes_all_the_same():
    h = host()
    do_exit(h.kernel, h.kernel.tasks[INIT_PID], "SIGSEGV")
    reap(h.kernel)
    assert current(h.kernel).name == "kthreadd"
