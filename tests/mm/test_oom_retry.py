import pytest

from tests.support import START, M, host
from thpsh.boot import start_process
from thpsh.errors import Errno, KernelError, KernelPanic
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.page_alloc import OutOfMemory


def failing(times):
    calls = []

    def call():
        calls.append(None)
        if len(calls) <= times:
            raise OutOfMemory

    return calls, call


def test_the_call_is_made_again_after_somebody_died():
    h = host()
    h.map(64 * M)
    h.write(0, 64 * M)
    other = start_process(h.machine, "other")
    calls, call = failing(1)
    retry_after_oom(h.kernel, other, call)
    assert len(calls) == 2
    assert (h.task.killed_by, other.dead) == ("SIGKILL", False)


def test_a_call_that_succeeds_kills_nobody():
    h = host()
    calls, call = failing(0)
    retry_after_oom(h.kernel, h.task, call)
    assert (len(calls), h.task.dead) == (1, False)


def test_a_caller_that_dies_itself_is_interrupted():
    h = host()
    h.map(64 * M, START)
    h.write(0, 64 * M)
    with pytest.raises(KernelError) as error:
        retry_after_oom(h.kernel, h.task, failing(1)[1])
    assert error.value.errno is Errno.EINTR
    assert h.task.dead


def test_nobody_left_to_kill_is_a_panic():
    h = host()
    h.task.oom_score_adj = -1000
    with pytest.raises(KernelPanic, match="no killable processes"):
        retry_after_oom(h.kernel, h.task, failing(1)[1])
