"""The command cat."""

from tests.commands.typed import Typed

ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"


def test_cat_prints_files_and_goes_on_after_a_missing_one():
    t = Typed()
    status, out, err = t.run(f"cat {ENABLED} /proc/none {ENABLED}")
    assert (status, out) == (1, "[always] madvise never\n" * 2)
    assert err.startswith("cat: /proc/none: No such file or directory (ENOENT)\n")


def test_cat_of_a_binary_file_says_what_to_use():
    assert "Invalid argument (EINVAL)" in Typed().fails("cat /proc/kpagecount")
