"""TAB: commands, processes, regions, words of advice, options, paths."""

import io

import pytest

from thpsh.boot import boot
from thpsh.cli.host_files import HostFiles
from thpsh.commands.session import Session
from thpsh.shell.completion import complete_word

THP = "/sys/kernel/mm/transparent_hugepage/"


@pytest.fixture(scope="module")
def session():
    found = Session(boot(), HostFiles())
    found.execute("spawn app; mmap app buf 8M; spawn gone; exit gone", io.StringIO(), io.StringIO())
    return found


def words(session, before, text):
    return [word.text for word in complete_word(session, before, text).words]


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("", "tou", ["touch"]),
        ("", "gr", ["grep"]),
        ("help ", "mincor", ["mincore"]),
        ("touch ", "a", ["app"]),
        ("touch ", "gon", []),
        ("touch app ", "", ["buf", "heap", "stack", "--read", "--stride", "--random", "--value"]),
        ("touch init ", "", ["heap", "stack", "--read", "--stride", "--random", "--value"]),
        ("touch nobody ", "b", []),
        ("app ", "r", ["redis"]),
        ("app redis ", "--", ["--name", "--size", "--writes", "--show", "--json"]),
        ("madvise app buf 4K ", "hug", ["hugepage"]),
        ("madvise app buf 4K ", "no", ["nohugepage", "normal"]),
        ("mprotect app buf 4K ", "", ["none", "r", "rw"]),
        ("mmap app x 2M ", "--p", ["--prot"]),
        ("mmap app x 2M --prot ", "r", ["r", "rw"]),
        ("spawn a; touch ", "a", ["app"]),
        ("spawn a && ", "tou", ["touch"]),
        ("for x in 1; do ", "ec", ["echo"]),
        ("cat x | ", "tai", ["tail"]),
        ("fails EINVAL ", "mad", ["madvise"]),
        ("fails EINVAL madvise app ", "b", ["buf"]),
        ("expect ", "slo", ["slots"]),
        ("expect slots app ", "b", ["buf"]),
        ("expect slots app buf ", "=", ["=="]),
        ("cat ", "/sys/kernel/mm/tr", [THP]),
        ("cat ", f"{THP}en", [f"{THP}enabled"]),
        ("echo never > ", f"{THP}de", [f"{THP}defrag"]),
        ("cat ", "/nowhere/x", []),
        ("run ", "to", ["tour"]),
        ("run tour ", "first-", ["first-huge-page"]),
        ("trace show ", "thp_sp", ["thp_split"]),
        ("why ", "ENOM", ["ENOMEM"]),
        ("explain ", "AnonH", ["AnonHugePages"]),
        ("boot --kernel ", "2.6.39-", ["2.6.39-rc1", "2.6.39-rc4", "2.6.39-rc6"]),
        ("boot --revert ", "37", ["37"]),
        ("changes ", "t", ["try"]),
        ("lesson ", "fo", ["fork-and-copy-on-write"]),
        ("changes show ", "numa-", ["numa-maps-misread", "numa-maps-huge"]),
        ("nonsense ", "a", []),
        ("grep ", "a", []),
    ],
)
def test_what_could_stand_there(session, before, text, expected):
    assert words(session, before, text) == expected


def test_a_folder_goes_on_and_a_file_does_not(session):
    assert not complete_word(session, "cat ", "/sys/kernel/mm/tr").final
    assert complete_word(session, "cat ", f"{THP}en").final


def test_candidates_say_what_they_are(session):
    assert complete_word(session, "touch ", "ap").words[0].meta == "pid 100"
    assert complete_word(session, "touch app ", "bu").words[0].meta == "8192 KiB"
    assert complete_word(session, "", "munma").words[0].meta


def test_reading_nothing_it_changes_nothing(session):
    before = dict(session.machine.vm_events.counts)
    words(session, "cat ", "/proc/")
    words(session, "expect slots app ", "")
    assert session.machine.vm_events.counts == before
