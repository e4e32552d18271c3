"""app: start a process that uses memory as a known program does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from thpsh.commands.command import Command, CommandParser, json_argument, no_arguments
from thpsh.errors import UsageError
from thpsh.line.environment import Capture
from thpsh.render.report import Report, show
from thpsh.scenario.app_file import read_app
from thpsh.scenario.app_run import run_app

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from thpsh.commands.call import Call
    from thpsh.commands.session import Session
    from thpsh.scenario.app_file import App


def run(call: Call) -> int:
    """List the apps, or run one."""
    words = list(call.argv[1:])
    if words == ["--help"]:
        call.out.write(COMMAND.help())
        return 0
    if not words or words == ["--json"]:
        _list(call, as_json=bool(words))
        return 0
    path, rest = _path(call, words)
    text = call.session.host_files.read(path)
    app = read_app(path, text, call.session)
    name = f"--file {path}" if words[0] == "--file" else words[0]
    parser = parser_of(app, name)
    if "--show" in rest:
        call.out.write(text)
        return 0
    if "--help" in rest:
        call.out.write(parser.format_help())
        return 0
    return _run(call, app, _options(parser, rest))


def apps_of(session: Session) -> dict[str, App]:
    """The shipped apps by name, in the order of the alphabet."""
    files = session.host_files
    return {name: read_app(path, files.read(path), session) for name, path in sorted(files.apps().items())}


def parser_of(app: App, name: str) -> CommandParser:
    """The parser of the words after the name of an app."""
    parser = CommandParser(prog=f"app {name}", description=app.summary, add_help=False, allow_abbrev=False)
    for option in app.options:
        parser.add_argument(
            f"--{option.name}",
            metavar=option.kind.upper(),
            default=option.default,
            help=f"{option.help} (default {option.default})".replace("%", "%%"),
        )
    parser.add_argument("--show", action="store_true", help="print the file instead of running it")
    json_argument(parser)
    return parser


def _options(parser: CommandParser, words: Sequence[str]) -> argparse.Namespace:
    try:
        return parser.parse_args(words)
    except UsageError as error:
        raise UsageError(str(error).removeprefix(f"{parser.prog}: ")) from None


def _path(call: Call, words: list[str]) -> tuple[str, list[str]]:
    """The file that the first words name, and the words after them."""
    if words[0] == "--file":
        if len(words) == 1:
            raise UsageError("--file: expected a file after it")
        return words[1], words[2:]
    known = call.session.host_files.apps()
    if words[0] not in known:
        raise UsageError(f"{words[0]!r}: expected --file FILE or one of {', '.join(sorted(known))}")
    return known[words[0]], words[1:]


def _run(call: Call, app: App, options: argparse.Namespace) -> int:
    """Run the lines of an app and say which one failed, if one did."""
    values = app.values(vars(options))
    kept = Capture()
    begin = call.kernel.clock.now
    session = call.session
    before = session.before_last, session.before
    try:
        done = run_app(app, values, session, kept if options.json else call.out, call.err)
    finally:
        session.before_last, session.before = before  # to `stat` it is one command
    if done.failed is not None:
        where, line = f"{app.lines.file}:{done.failed.line}", done.lines[-1].partition("\n")[0]
        call.err.write(f"app: {where}: {line}: status {done.status}; what follows was not run\n")
    if options.json:
        took = call.kernel.clock.now - begin
        data = {
            "app": app.name, "options": values, "lines": list(done.lines), "output": kept.text,
            "status": done.status, "failed_line": done.failed.line if done.failed else None, "ns": took,
        }  # fmt: skip
        call.out.write(json.dumps(data, indent=2) + "\n")
    return done.status


def _list(call: Call, *, as_json: bool) -> None:
    """Print the apps and their options with defaults."""
    rows = []
    for name, app in apps_of(call.session).items():
        said = " ".join(f"--{each.name} {each.default}" for each in app.options)
        rows.append((name, app.summary, said))
    if as_json:
        show(Report(("APP", "SUMMARY", "OPTIONS"), rows), call.out, as_json=True)
        return
    for name, summary, said in rows:
        call.print(f"{name:<10} {summary}\n{'':<10} {said}")
    call.print("`app NAME` runs one, `app NAME --help` explains it, `app NAME --show` prints it.")


COMMAND = Command(
    name="app",
    group="Processes",
    summary="start a process that uses memory as a known program does",
    example="app redis --size 64M",
    arguments=no_arguments,
    run=run,
    raw=True,
    usage=(
        "app [--json]",
        "app NAME [--OPTION VALUE ...] [--show | --json]",
        "app --file FILE [--OPTION VALUE ...] [--show | --json]",
    ),
    details=(
        "Without a name: the apps there are, with their options. Each app is a text file:\n"
        "options between two +++ lines, then the lines one would type, with $OPTION for\n"
        "the value of an option, $((...)) for what can be counted from it, and loops\n"
        "(`for i in $(seq $threads)`). For one of your own, write what --show prints to a\n"
        "file (`thpsh -c 'app redis --show' > mine.app`), change it, and run it with\n"
        "`app --file mine.app`. A line that fails ends the app; `undo` takes all of it\n"
        "back."
    ),
)
