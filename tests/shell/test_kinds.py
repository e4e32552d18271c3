"""Kinds of words: what TAB offers where a value of a kind is expected."""

import io

import pytest

from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.commands.session import Session
from thpsh.shell.completion import complete_word
from thpsh.shell.kinds import KINDS, command_names

LINES = (
    "spawn app; mmap app buf 8M; mkdir /cgroup/web /cgroup/web/a; swapon 16M",
    "mark here; snapshot save before",
)


@pytest.fixture(scope="module")
def session():
    found = Session(boot(), HostFiles())
    for line in LINES:
        assert found.execute(line, io.StringIO(), io.StringIO()) == 0
    return found


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("", "drop", ["drop_caches"]),
        ("help ", "wait", ["wait_khugepaged"]),
        ("runon ", "", ["init", "app", "khugepaged"]),
        ("spawn x --cgroup ", "", ["web", "web/a"]),
        ("cgroup ", "a", ["attach"]),
        ("cgroup attach ", "", ["web", "web/a"]),
        ("cgroup attach web ", "", ["init", "app"]),
        ("cgroup set ", "web/", ["web/a"]),
        ("cgroup create ", "", []),
        ("swapoff ", "", ["/dev/ram0"]),
        ("phys --zone ", "", ["DMA", "DMA32", "Normal"]),
        ("timeline --since ", "", ["mark", "here", "before"]),
        ("trace show --since ", "b", ["before"]),
        ("timeline --proc ", "", ["init", "app"]),
        ("snapshot diff ", "", ["before", "--json", "--svg"]),
        ("snapshot restore ", "bef", ["before"]),
        ("sysctl ", "vm.swap", ["vm.swappiness"]),
        ("trace locks ", "", ["on", "off"]),
        ("fails ", "ENOM", ["ENOMEM"]),
        ("cat /proc/vmstat | uniq ", "-", ["-c", "-d", "-u", "-i"]),
        ("expect trace ", "thp_sp", ["thp_split"]),
        ("expect trace ", "o", []),
        ("fails ", "SIGB", ["SIGBUS"]),
        ("mmap app x 4M --at ", "", ["buf", "heap", "stack"]),
        ("mmap app x 4M --offset ", "", []),
        ("phys --from ", "", []),
    ],
)
def test_what_a_value_could_be(session, before, text, expected):
    assert [word.text for word in complete_word(session, before, text).words] == expected


def test_every_kind_can_be_asked_for(session):
    for provider in KINDS.values():
        assert len({word.text for word in provider(session, None)}) == len(provider(session, None))


def test_each_command_says_what_it_does():
    assert all(word.meta for word in command_names())
