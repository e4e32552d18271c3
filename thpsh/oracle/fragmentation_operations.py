"""Operations that look at free memory and put it together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.page_alloc import drain_all_pages
from thpsh.oracle.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thpsh.oracle.recorder import Recorder
    from thpsh.oracle.reply import Handler
    from thpsh.oracle.words import Words


def _free(recorder: Recorder, words: Words) -> Reply:
    """The free blocks by order, or by type and order, when nothing waits in a CPU's lists."""
    recorder.drain()
    drain_all_pages(recorder.kernel)
    name = "pagetypeinfo" if words.words[1:] == ["types"] else "buddyinfo"
    return Reply({"value": recorder.files.read(f"/proc/{name}")})


def _compact(recorder: Recorder, words: Words) -> Reply:
    """Compact all memory, or one node."""
    path = f"/sys/devices/system/node/node{words[1]}/compact" if len(words) > 1 else "/proc/sys/vm/compact_memory"
    recorder.files.write(path, "1", create=False)
    return Reply()


FRAGMENTATION_OPERATIONS: Final[Mapping[str, Handler]] = {
    "compact": _compact,
    "free": _free,
}
