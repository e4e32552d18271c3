"""What failed last."""

from tests.commands.typed import with_app
from thpsh.commands.failure import failure_of
from thpsh.errors import Errno, KernelError, UsageError
from thpsh.structs.sizes import parse_size


def test_usage_errors_have_their_text():
    try:
        parse_size("8Q")
    except UsageError as error:
        found = failure_of(["mmap", "app", "buf", "8Q"], error)
    assert (found.line, found.errno) == ("mmap app buf 8Q", "")
    assert "8Q" in found.message


def test_errors_raised_outside_the_model_name_no_function():
    error = KernelError(Errno.ENOENT, "not there")
    assert failure_of(["cat", "x"], error).function == ""
    assert failure_of(["cat", "x"], error).reason == "not there"


def test_a_file_that_cannot_be_read_is_remembered_as_its_cat():
    host = with_app()
    host.run("grep x < /proc/nothing")
    failure = host.session.failure
    assert (failure.line, failure.errno) == ("cat /proc/nothing", "ENOENT")
    host.run("cat /proc/nothing2")
    assert host.session.failed_with["ENOENT"].line == "cat /proc/nothing2"
