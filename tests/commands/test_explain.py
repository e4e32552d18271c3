"""The command explain."""

from pathlib import Path

from tests.commands.typed import Typed, with_app
from tests.explain.stage import THP

TEXT = """\
200000000000-200000200000 (buf): empty

Would the first touch of this range be a huge fault?  no
  ok find_vma                      the address is mapped
                                     200000000000-200000400000
  ok pmd_none                      the PMD is empty: empty
  NO transparent_hugepage_enabled  `enabled` and the advice: madvise, no advice
  ok handle_mm_fault               vm_ops is NULL: none: anonymous
  ok do_huge_pmd_anonymous_page    the whole range lies in the VMA
                                     200000000000-200000200000 in
                                     200000000000-200000400000
  ok get_page_from_freelist        a block of 2 MiB is free
"""
PAST = """
What happened here
     0.005084  mmap rw- private anonymous, 4M at 0x200000000000   `spawn app;
       mmap app buf 4M; echo madvise > [...]`

"""
REMEDY = """\
What would make it huge
     madvise app buf 2M hugepage
     touch app buf 4K
       tried: 0.001 s, 2M more memory in use
     echo always > /sys/kernel/mm/transparent_hugepage/enabled
     touch app buf 4K
       tried: 0.001 s, 2M more memory in use
"""


def test_conditions_past_and_remedies():
    host = Typed()
    host(f"spawn app; mmap app buf 4M; echo madvise > {THP}/enabled")
    text = host("explain app buf")
    assert text.startswith(TEXT)
    assert PAST in text
    assert text.endswith(REMEDY)
    assert max(map(len, text.splitlines())) <= 80


def test_a_huge_page_needs_no_remedy():
    host = with_app()
    host("touch app buf")
    text = host("explain app buf+3M")
    assert text.startswith("200000200000-200000400000 (buf+2M): a huge page\n\nWhat happened here\n")
    assert "What would" not in text
    assert "1 huge fault (write)   `touch app buf`" in text


def test_mistakes():
    host = with_app()
    assert "no such process" in host.fails("explain nobody buf", 2)
    assert "no such region" in host.fails("explain app bux", 2)
    assert "is a kernel thread" in host.fails("explain ksmd 0x1000")


def test_the_example_of_the_readme_is_what_is_printed():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    [block] = [each for each in readme.split("```\n") if "thpsh> explain app buf" in each]
    typed = [line.removeprefix("thpsh> ") for line in block.splitlines() if line.startswith("thpsh> ")]
    host = Typed(memory=8 << 30, cpus=2)
    for line in typed[:-1]:
        host(line)
    shown = "".join(f"{line}\n" for line in block.splitlines()[len(typed) :])
    assert host(typed[-1]).endswith(shown)
    assert shown.startswith("What happened here\n")
