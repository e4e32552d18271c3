import pytest

from tests.support import host
from thpsh.errors import Errno, KernelError
from thpsh.mm.fork import fork
from thpsh.mm.prctl import mce_kill


def test_a_policy_stays_and_is_inherited():
    h = host()
    mce_kill(h.kernel, h.task, "early")
    assert fork(h.kernel, h.task, "child").mce_kill == "early"


def test_other_words_are_einval():
    h = host()
    with pytest.raises(KernelError) as error:
        mce_kill(h.kernel, h.task, "soon")
    assert error.value.errno is Errno.EINVAL
