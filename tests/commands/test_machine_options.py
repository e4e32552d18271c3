"""Machine options become a MachineSpec."""

import argparse

import pytest

from thpsh.boot.spec import MachineSpec
from thpsh.commands.machine_options import add_machine_options, spec_from, spec_from_keys
from thpsh.errors import UsageError
from thpsh.structs.config import BuildConfig


class Files:
    """A host folder with one machine file."""

    def read(self, path):
        return '[machine]\nmemory = "1G"\n'

    def tree(self, folder, wanted):
        return {}


def spec(*words, base=None, files=None):
    parser = argparse.ArgumentParser()
    add_machine_options(parser)
    return spec_from(parser.parse_args(words), base, files)


def test_without_options_it_is_the_default_machine():
    assert spec() == MachineSpec()


def test_every_option_is_understood():
    words = (
        "--kernel 3.0 --memory 2G --nodes 2 --cpus 4 --swap 1G --cmdline quiet --revert 25,7 --apply x "
        "--intended --drained --no-pse --highpte --seed 9 --build numa,thp=madvise,debug_vm"
    )
    assert spec(*words.split()) == MachineSpec(
        kernel="3.0",
        memory=2 << 30,
        nodes=2,
        cpus=4,
        swap=1 << 30,
        cmdline="quiet",
        seed=9,
        revert=("25", "7"),
        apply=("x",),
        intended=True,
        drained=True,
        pse=False,
        build=BuildConfig(numa=True, thp="madvise", debug_vm=True, highpte=True),
    )


def test_an_option_overrides_the_base_and_leaves_the_rest():
    base = MachineSpec(memory=1 << 30, cpus=8)
    assert spec("--cpus", "1", base=base) == MachineSpec(memory=1 << 30, cpus=1)


def test_the_keys_of_a_front_matter_make_a_machine():
    assert spec_from_keys({"memory": 512 << 20, "drained": True}) == MachineSpec(memory=512 << 20, drained=True)


def test_a_machine_file_is_read_through_the_door_it_is_given():
    found = spec("--machine", "m.toml", "--cpus", "3", files=Files())
    assert found == MachineSpec(memory=1 << 30, cpus=3)


def test_a_capture_without_files_is_refused():
    with pytest.raises(UsageError, match="capture:x: no zoneinfo there"):
        spec("--machine", "capture:x", files=Files())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--memory", "8Q"], "8Q"),
        (["--memory", "-1"], "-1"),
        (["--memory", "1K"], "expected 32M to 16T"),
        (["--nodes", "two"], "--nodes two: expected a whole number"),
        (["--nodes", "0"], "nodes 0"),
        (["--cpus", "99999999999999999999"], "99999999999999999999"),
        (["--nodes", "2", "--build", "nonuma"], "nonuma"),
        (["--build", "thp=sometimes"], "thp=sometimes: expected numa"),
        (["--kernel", "3.0", "--machine", "capture:x"], "capture:x"),
    ],
)
def test_what_is_wrong_is_named(words, message):
    with pytest.raises((UsageError, SystemExit)) as error:
        spec(*words)
    if error.type is UsageError:
        assert message in str(error.value)
