"""One run of a command."""

from argparse import Namespace

import pytest

from tests.commands.typed import with_app
from thpsh.cli.host_files import HostFiles
from thpsh.commands.call import Call
from thpsh.errors import KernelError
from thpsh.line.environment import Capture


def call(typed, **options):
    return Call(typed.session, ["x"], Namespace(**options), None, Capture(), Capture())


def test_arguments_name_a_living_process_and_a_range():
    t = with_app()
    made = call(t, proc="app", addr="buf+4M", len="8K")
    assert made.task().pid == 100
    assert made.span(made.task()) == (0x200000400000, 8192)
    t("kill app")
    with pytest.raises(KernelError):
        made.task()


def test_kernel_threads_have_no_ranges():
    made = call(with_app(), proc="kthreadd", addr="0x1000", len="4K")
    with pytest.raises(KernelError):
        made.span(made.task())


def test_a_line_is_printed_with_its_end():
    made = call(with_app())
    made.print("a")
    assert made.out.text == "a\n"


def test_any_view_can_be_drawn_into_a_file(tmp_path):
    host = with_app()
    host.session.host_files = HostFiles()
    assert host(f"buddy --svg {tmp_path / 'x.svg'}") == ""
    text = (tmp_path / "x.svg").read_text()
    assert text.startswith("<svg ")
    assert "<title>buddy</title>" in text
    assert "No such file" in host.fails("buddy --svg /nowhere/x.svg", 2)
