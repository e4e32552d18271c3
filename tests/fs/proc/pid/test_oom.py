"""/proc/PID/oom_*: the recording oom-adj-values, step by step."""

from __future__ import annotations

import pytest

from tests.fs.proc.pid.recorded import read
from tests.support import Host, host
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs


def write(app: Host, name: str, text: str) -> int:
    return Vfs(app.machine).write(f"/proc/{app.task.pid}/{name}", text)


def both(app: Host) -> tuple[str, str]:
    return read(app, "oom_score_adj").strip(), read(app, "oom_adj").strip()


@pytest.mark.parametrize(
    ("text", "score_adj", "adj"),
    [
        ("0", "0", "0"), ("1000", "1000", "15"), ("-1000", "-1000", "-17"), ("500\n", "500", "7"), (" 7 ", "7", "0"),
        ("-500", "-500", "-7"), ("0x10", "16", "0"), ("-999", "-999", "-14"),
    ],
)  # fmt: skip
def test_oom_adj_follows_oom_score_adj(text: str, score_adj: str, adj: str) -> None:
    app = host()
    write(app, "oom_adj", "3")
    assert write(app, "oom_score_adj", text) == len(text)
    assert both(app) == (score_adj, adj)


@pytest.mark.parametrize(
    ("text", "adj", "score_adj"),
    [("0", "0", "0"), ("15", "15", "1000"), ("-17", "-17", "-1000"), ("8", "8", "470"), ("-16", "-16", "-941")],
)
def test_oom_score_adj_follows_oom_adj(text: str, adj: str, score_adj: str) -> None:
    app = host()
    assert write(app, "oom_adj", text) == len(text)
    assert both(app) == (score_adj, adj)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("oom_score_adj", "1001"), ("oom_score_adj", "-1001"), ("oom_score_adj", "x"), ("oom_score_adj", "7x"),
        ("oom_adj", "16"), ("oom_adj", "-18"), ("oom_adj", "\n"), ("oom_adj", "1.5"),
    ],
)  # fmt: skip
def test_other_values_are_einval_and_change_nothing(name: str, text: str) -> None:
    app = host()
    write(app, "oom_score_adj", "500")
    with pytest.raises(KernelError) as caught:
        write(app, name, text)
    assert caught.value.errno is Errno.EINVAL
    assert both(app) == ("500", "7")


def test_only_the_first_12_bytes_are_looked_at() -> None:
    app = host()
    assert write(app, "oom_score_adj", "5" + " " * 20) == 12
    assert both(app) == ("5", "0")


def test_the_score_is_a_share_of_memory_with_the_adjustment() -> None:
    app = host()
    assert read(app, "oom_score") == "1\n"
    write(app, "oom_score_adj", "500")
    assert read(app, "oom_score") == "470\n"
    write(app, "oom_score_adj", "1000")
    write(app, "oom_adj", "15")
    assert int(read(app, "oom_score")) <= 1000
    write(app, "oom_score_adj", "-1000")
    assert read(app, "oom_score") == "0\n"


def test_the_score_cannot_be_written_and_kernel_threads_have_no_adjustment() -> None:
    app = host()
    with pytest.raises(KernelError) as caught:
        write(app, "oom_score", "5")
    assert caught.value.errno is Errno.EACCES
    with pytest.raises(KernelError) as caught:
        Vfs(app.machine).write("/proc/kswapd0/oom_score_adj", "5")
    assert caught.value.errno is Errno.EINVAL
