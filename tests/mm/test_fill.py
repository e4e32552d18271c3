from tests.mm.ksm.pages import PAGE, content
from tests.mm.layout import placed
from tests.support import START, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fill import fill, words
from thpsh.mm.fork import fork


def test_every_page_holds_something_else_and_the_same_seed_means_the_same():
    h = placed(4 * M)
    h.enabled("never")
    fill(h.kernel, h.task, START, 2 * M, words(3))
    debug_vm(h.kernel)
    assert [content(h, page) for page in (0, 1, 511)] == [3000010, 3000011, 3000521]
    assert words(3)(PAGE) == 3000011


def test_a_huge_page_is_filled_page_by_page_and_a_copy_holds_the_same():
    h = placed(2 * M)
    fill(h.kernel, h.task, START, 2 * M, words(1))
    child = fork(h.kernel, h.task, "child")
    h.write(0, PAGE, child)
    assert h.slots(2 * M, task=child) == "H"
    assert [content(h, page, child) for page in (0, 1, 511)] == [0x5A, 1000005, 1000515]
    assert content(h, 0) == 1000004
    h.enabled("never")
    grandchild = fork(h.kernel, h.task, "grandchild")
    h.write(PAGE, PAGE, grandchild)
    assert h.slots(2 * M, task=grandchild) == "F"
    assert [content(h, page, grandchild) for page in (0, 1, 2)] == [1000004, 0x5A, 1000006]


def test_a_bad_address_ends_it():
    h = placed(8 * PAGE)
    found = fill(h.kernel, h.task, START, 2 * M, words(1))
    assert (found.signal, found.at) == ("SIGSEGV", START + 8 * PAGE)
