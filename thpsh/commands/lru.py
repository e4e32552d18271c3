"""lru: the LRU lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show
from thpsh.render.strip import bar, percent
from thpsh.structs.page import PAGE_SHIFT, Lru

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.structs.kernel import Kernel


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("--bars", action="store_true", help="a row for each list, with its share of its zone's lists")
    json_argument(parser)


def run(call: Call) -> None:
    """Print the sizes of all lists, and what waits in the caches of the CPUs."""
    kernel = call.kernel
    waiting = [
        f"CPU {cpu.number}: {pagevec.nr} waiting for {pagevec.kind.name.lower()}"
        for cpu in kernel.cpus
        for pagevec in cpu.pagevecs
        if pagevec.nr
    ]
    report = _shares(kernel, waiting) if call.option("bars") else _sizes(kernel, waiting)
    show(report, call.out, as_json=call.option("json"))


def _sizes(kernel: Kernel, waiting: list[str]) -> Report:
    rows = [(zone.node, zone.kind.label, *(zone.lruvec.lists[kind].nr_pages for kind in Lru)) for zone in kernel.zones]
    return Report(("NODE", "ZONE", *(kind.name for kind in Lru)), rows, waiting, unit="in pages of 4 KiB")


def _shares(kernel: Kernel, waiting: list[str]) -> Report:
    rows = []
    for zone in kernel.zones:
        sizes = [(kind, zone.lruvec.lists[kind].nr_pages) for kind in Lru]
        all_pages = sum(pages for _, pages in sizes)
        rows += [
            (zone.node, zone.kind.label, kind.name, pages, pages << PAGE_SHIFT - 10, percent(pages, all_pages),
             bar(pages, all_pages))
            for kind, pages in sizes
        ]  # fmt: skip
    return Report(("NODE", "ZONE", "LIST", "PAGES", "SIZE kB", "SHARE %", "BAR"), rows, waiting)


COMMAND = Command(
    name="lru",
    group="Views",
    summary="the LRU lists and the pages waiting before them",
    example="lru; lru --bars",
    arguments=_arguments,
    run=run,
    details="Sizes in pages of 4 KiB. What waits in a cache of a CPU is on no list yet.",
)
