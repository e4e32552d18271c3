"""The command line: one parser for every form, errors that name the word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import CommandParser, Formatter
from thpsh.commands.machine_options import VALUED, add_machine_options
from thpsh.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

WIDTH: Final = 80
FORMS: Final = """\
forms:
  thpsh                          interactive shell on a freshly booted host
  thpsh -c 'LINE'                run one line, exit with its status
  thpsh < script                 lines from standard input
  thpsh run FILE|FOLDER|NAME ... replay scenarios
  thpsh compare TRACE.json ...   replay recordings of a real kernel, show every difference
  thpsh record FILE.ops          do a script of operations on this very machine
  thpsh lesson [NAME]            a course in lessons: list it, or take one
  thpsh bench [NAME ...]         measure the emulator against the kernel it runs on
  thpsh fuzz                     random operations, the invariants checked after each
Machine options may stand in every form, before or after its words.

exit status: 0 all is well; 1 a command or an expectation failed; 2 wrong usage; 130 interrupted
"""

OPERATIONS: Final = """\
operations, one a line; `#` begins a comment, sizes may have K, M or G:
  spawn NAME                     a new process
  fork NAME CHILD                the child knows its parent's regions
  exit NAME
  mmap NAME REGION SIZE [align=none] [offset=SIZE] [prot=r|none]
       [map=shared|devzero|file] on a 2 MiB boundary, unless told otherwise
  touch NAME REGION+OFF LEN read|write [stride=SIZE]
  madvise NAME REGION+OFF LEN hugepage|nohugepage|dontneed|...
  mprotect NAME REGION+OFF LEN rw|r|none
  mremap NAME REGION+OFF LEN NEWLEN [to=REGION2]
  munmap, mlock, munlock, mincore, pin NAME REGION+OFF LEN;  unpin NAME
  read PATH;  pick PATH WORD ... below /proc or /sys;  pick: lines with a word
  wait_khugepaged N              until it has looked at everybody N times
  write PATH VALUE;  wake [MS]   settings and khugepaged: with --allow-knobs
  sleep MS
"""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line; UsageError names what is wrong."""
    words = list(argv)
    place = _form_place(words)
    if place is None:
        return _shell_parser().parse_args(_line_joined(words))
    form = words.pop(place)
    return _PARSERS[form]().parse_intermixed_args(words)


def _form_place(words: list[str]) -> int | None:
    """The place of the subcommand: the first word that is no option and no value of one."""
    skip = False
    for place, word in enumerate(words):
        if skip:
            skip = False
        elif word in ("-c", "--command"):
            return None
        elif word.startswith("-"):
            skip = word in VALUED
            if words[place + 1 : place + 2] in (["-c"], ["--command"]) and skip:
                raise UsageError(f"thpsh: {word}: expected a value after it; see thpsh --help")
        elif word in _PARSERS:
            return place
        else:
            raise UsageError(f"thpsh: {word}: no such form; expected {', '.join(_PARSERS)}, -c or an option")
    return None


def _line_joined(words: list[str]) -> list[str]:
    """`-c LINE` as one word, so that LINE may begin with a dash."""
    for place, word in enumerate(words[:-1]):
        if word in ("-c", "--command"):
            return [*words[:place], f"--command={words[place + 1]}", *words[place + 2 :]]
    return words


def _new(form: str, summary: str) -> CommandParser:
    prog = f"thpsh {form}".strip()
    parser = CommandParser(prog=prog, description=summary, allow_abbrev=False, formatter_class=Formatter)
    parser.set_defaults(form=form)
    return parser


def _shell_parser() -> CommandParser:
    """`thpsh`, `thpsh -c`, `thpsh < script`."""
    parser = _new("", "A Linux host of 2011 in one Python process: Transparent Huge Pages to see and understand.")
    parser.epilog = FORMS
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.add_argument("-c", "--command", metavar="LINE", help="run one line and exit with its status")
    parser.add_argument("--host-pipes", action="store_true", help="let `|` reach programs of the host")
    add_machine_options(parser)
    return parser


def _run_parser() -> CommandParser:
    """`thpsh run`."""
    parser = _new("run", "Replay scenarios; a machine option overrides what a scenario asks for.")
    parser.add_argument("words", nargs="+", metavar="FILE|FOLDER|NAME", help="a file, a folder, or a shipped scenario")
    parser.add_argument("--json", metavar="FILE", default="", help="write a report as JSON (`-`: standard output)")
    parser.add_argument("--junit", metavar="FILE", default="", help="write a report as JUnit XML")
    parser.add_argument("--step", action="store_true", help="wait for Enter after each command")
    parser.add_argument("--quiet", action="store_true", help="show only what failed and the last line")
    parser.add_argument("--fail-fast", action="store_true", help="stop at the first failure")
    add_machine_options(parser)
    return parser


def _compare_parser() -> CommandParser:
    """`thpsh compare`."""
    parser = _new("compare", "Replay recordings of a real kernel on the emulator and show every difference.")
    parser.add_argument("words", nargs="+", metavar="TRACE.json", help="recordings, or folders of them")
    parser.add_argument("--json", action="store_true", help="print the differences as JSON")
    add_machine_options(parser)
    return parser


def _bench_parser() -> CommandParser:
    """`thpsh bench`."""
    parser = _new("bench", "Measure the emulator against the kernel it runs on.")
    parser.add_argument("words", nargs="*", metavar="NAME", help="benchmarks; all of them when none is named")
    parser.add_argument("--json", metavar="FILE", default="", help="write the results as JSON (`-`: standard output)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds of each benchmark (default 5)")
    return parser


def _fuzz_parser() -> CommandParser:
    """`thpsh fuzz`."""
    against = "replay recordings instead; `host`: compare with the kernel one sits at"
    parser = _new("fuzz", "Random operation scripts, debug_vm after each step; what fails is made small.")
    parser.add_argument("--ops", type=int, default=1000, metavar="N", help="operations in all (default 1000)")
    parser.add_argument("--against", metavar="TRACEDIR|host", default="", help=against)
    parser.add_argument("-o", dest="output", metavar="FILE", default="", help="the shrunk script (default fuzz-S.ops)")
    add_machine_options(parser)
    return parser


def _lesson_parser() -> CommandParser:
    """`thpsh lesson`."""
    parser = _new("lesson", "A course in lessons: list it, take one; `new FILE` and `check FILE` for teachers.")
    parser.add_argument("words", nargs="*", metavar="NAME", help="a lesson by number, name or file")
    parser.add_argument("--grade", action="store_true", help="what saved sessions reached, as JSON")
    parser.set_defaults(host_pipes=False)
    add_machine_options(parser)
    return parser


def _record_parser() -> CommandParser:
    """`thpsh record`."""
    parser = _new("record", "Do a script of operations on this very machine and record what its kernel did.")
    parser.add_argument(
        "script", metavar="FILE.ops", help="one operation a line: spawn A, mmap A r 4M, touch A r 4K write, ..."
    )
    parser.add_argument(
        "-o", dest="output", metavar="TRACE.json", default="", help="default: FILE.json, `-`: to the screen"
    )
    parser.add_argument("--allow-knobs", action="store_true", help="as root: change settings, put all of them back")
    parser.epilog = OPERATIONS
    return parser


_PARSERS: Final = {
    "run": _run_parser,
    "compare": _compare_parser,
    "record": _record_parser,
    "bench": _bench_parser,
    "fuzz": _fuzz_parser,
    "lesson": _lesson_parser,
}
