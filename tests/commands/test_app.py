"""The command app: the five shipped programs, options, files of one's own, and what goes wrong."""

import json

import pytest

from tests.commands.typed import Typed
from thpsh.cli.host_files import HostFiles

MINE = """+++
summary = "a test"
[options.size]
kind = "size"
default = "4M"
help = "how much"
+++
# First this.
spawn mine
mmap mine buf $size
"""


def typed(**spec):
    """A host with the files of the host one sits at."""
    t = Typed(**{"memory": 4 << 30, **spec})
    t.session.host_files = HostFiles()
    return t


def counter(t, name):
    return int(t(f"grep '^{name} ' /proc/vmstat").split()[1])


def kb(t, proc, field):
    return int(t(f"grep '^{field}:' /proc/{proc}/smaps | awk '{{s += $2}} END {{print s}}'"))


def test_the_list_names_all_with_their_options():
    text = typed()("app")
    assert max(map(len, text.splitlines())) <= 80
    for name in ("jvm", "kvm-guest", "malloc", "redis", "scan"):
        assert f"\n{name} " in f"\n{text}"
    assert "--name redis --size 1G --writes 10%" in text
    assert [row["APP"] for row in json.loads(typed()("app --json"))["rows"]] == [
        "jvm", "kvm-guest", "malloc", "redis", "scan",
    ]  # fmt: skip


def test_redis_copies_each_huge_page_it_writes_during_the_save():
    t = typed()
    t("app redis --size 64M --writes 50%")
    # 32 faults for 64M, and of 8192 random pages some lie in each of the 32: all are copied.
    assert counter(t, "thp_fault_alloc") == 64
    assert t("slots redis data").split()[0] == "H" * 32
    assert kb(t, "redis", "AnonHugePages") == kb(t, "redis_save", "AnonHugePages") == 65536
    assert t("grep AnonHugePages /proc/meminfo").split()[1] == str(2 * 65536)


def test_redis_in_small_pages_copies_only_what_it_writes():
    t = typed(cmdline="transparent_hugepage=never")
    t("app redis --size 64M --writes 10%")
    # 16384 pages, a copy of 1638 of them, and a few of the two processes themselves (stack, arguments).
    assert 16384 + 1638 <= counter(t, "nr_anon_pages") < 16384 + 1638 + 200


def test_jvm_has_guard_pages_and_stacks_too_small_for_huge_pages():
    t = typed()
    t("app jvm --heap 64M --used 16M --threads 3")
    assert t("slots jvm objects").split()[0] == "H" * 8 + "." * 24
    # 16 KiB of each stack, no huge page among them.
    assert kb(t, "jvm", "AnonHugePages") == 16384
    assert t("slots jvm stack3").rstrip().endswith(" 4")
    assert "SIGSEGV" in t.fails("touch jvm stack2 4K")


def test_malloc_loses_a_huge_page_with_each_hole():
    t = typed()
    t("app malloc --arenas 2 --arena 16M --holes 4 --hole 64K")
    # 16 huge pages, 8 of them with a hole of 16 pages at their start.
    assert counter(t, "thp_split") == 8
    assert t("slots malloc arena2").split() == ["PHPHPHPH", *["496", "512"] * 4]
    assert kb(t, "malloc", "AnonHugePages") == 8 * 2048


def test_kvm_guest_uses_half_of_its_memory():
    t = typed(cmdline="transparent_hugepage=madvise")
    t("app kvm-guest --memory 16M --used 50%")
    assert t("slots kvm ram").split()[0] == "HHHH...."


def test_scan_gets_two_megabytes_for_each_page_it_uses():
    t = typed()
    t("app scan --size 64M --stride 2M --passes 2")
    assert kb(t, "scan", "AnonHugePages") == 65536
    small = typed(cmdline="transparent_hugepage=never")
    small("app scan --size 64M --stride 2M --passes 2")
    assert small("slots scan data").split() == ["P" * 32, *["1"] * 32]


def test_undo_takes_all_of_it_back_and_the_history_has_one_line():
    t = typed()
    free = t("grep MemFree /proc/meminfo")
    t("app malloc --arenas 1")
    assert t("undo") == "undone: app malloc --arenas 1\n"
    assert t("grep MemFree /proc/meminfo") == free
    assert "'malloc': no such process" in t.fails("maps malloc", 2)
    assert sum("spawn" in line for line in t.session.history) == 0


def test_stat_takes_it_as_one_command():
    t = typed()
    t("app scan --size 8M")
    assert "+4" in t("stat | grep thp_fault_alloc")


def test_the_same_seed_writes_the_same_pages():
    first, second = typed(), typed()
    for t in (first, second):
        t("app redis --size 16M --writes 1%")
    assert first("cat /proc/vmstat") == second("cat /proc/vmstat")


def test_a_line_that_fails_ends_it_and_is_named():
    t = typed()
    err = t.fails("app redis --size 64G")
    assert err.startswith("mmap: Cannot allocate memory (ENOMEM)\n")
    assert "redis.app:" in err
    assert "mmap redis data 64G: status 1; what follows was not run" in err
    assert "redis" in t("ps")


def test_a_failure_in_a_loop_ends_it_too():
    err = typed().fails("app jvm --heap 4M --used 2M --stack 5000 --threads 9", 2)
    assert err.startswith("touch: 'stack1+-11384': expected an address")
    assert "jvm.app:38: for i in $(seq 9); do: status 2; what follows was not run" in err
    assert "stack2" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("redes", "'redes': expected --file FILE or one of jvm, kvm-guest, malloc, redis, scan"),
        ("redis --sise 1G", "'--sise': expected no such option; usage: app redis [--name"),
        ("redis --size 1X", "--size '1X': expected a size"),
        ("redis --writes 200%", "--writes '200%': expected a percentage, 0% to 100%"),
        ("jvm --threads 0", "--threads '0': expected a whole number, 1 to 100000"),
        ("--file", "--file: expected a file after it"),
        ("--file /no/such.app", "/no/such.app: No such file or directory"),
    ],
)
def test_a_wrong_word_is_named(words, said):
    assert said in typed().fails(f"app {words}", 2)


def test_it_says_what_the_options_of_one_do():
    text = typed()("app jvm --help")
    assert "--stack SIZE" in text
    assert "the stack of each thread (-Xss) (default 1M)" in text
    assert max(map(len, text.splitlines())) <= 80


def test_it_shows_the_file_of_one():
    assert typed()("app scan --show").startswith("+++\nsummary = ")


def test_a_file_of_ones_own_is_run(tmp_path):
    path = tmp_path / "mine.app"
    path.write_text(MINE)
    t = typed()
    assert t(f"app --file {path} --size 2M").splitlines()[:4] == [
        "# First this.", "> spawn mine", "mine: pid 100", "> mmap mine buf 2M",
    ]  # fmt: skip


def test_for_a_program_it_says_what_it_ran(tmp_path):
    path = tmp_path / "mine.app"
    path.write_text(MINE)
    data = json.loads(typed()(f"app --file {path} --json"))
    assert data["lines"] == ["spawn mine", "mmap mine buf 4M"]
    assert (data["app"], data["options"], data["status"], data["failed_line"]) == ("mine", {"size": "4M"}, 0, None)
