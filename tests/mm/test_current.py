"""Who writes to files."""

from tests.support import host
from thpsh.mm.current import current
from thpsh.structs.task import INIT_PID


def test_the_shell_is_init():
    h = host()
    assert current(h.kernel) is h.kernel.tasks[INIT_PID]
    assert current(h.kernel).name == "init"
