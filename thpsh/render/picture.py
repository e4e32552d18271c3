"""Pictures of what a view prints, as SVG for slides: text in a frame, letters of maps on coloured ground.

Nothing is fetched when the picture is shown, and the same text makes the same bytes. Colour only repeats what the
letters say.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHAR: Final = 8.4  # width of a letter, of 14 px type
_LINE: Final = 19
_EDGE: Final = 14
_MAP: Final = re.compile(r"(?<![^\s|])[HhFPzZSX.TUKM+#oc:]{4,}(?![^\s|])")
_GROUND: Final = {
    "H": "#2b8a3e", "h": "#8ce99a", "F": "#ffd43b", "P": "#ffe8a3", "S": "#e8590c", "X": "#e03131", "z": "#dee2e6",
    "Z": "#dee2e6", "T": "#1971c2", "U": "#ffd43b", "K": "#adb5bd", "M": "#ffa94d", "+": "#d0bfff", "#": "#2b8a3e",
    "o": "#ffd43b", "c": "#74c0fc", ":": "#adb5bd",
}  # fmt: skip
_OWNERS: Final = "--owners"  # in the line that was typed: its map has a letter for each process
_OWNERS_ROW: Final = re.compile(r"(?<=0x)[0-9a-f]+ +(\S+)$")
_OWNERS_GROUND: Final = {"*": "#d0bfff", ":": "#adb5bd", "+": "#ffa94d"}
_PALETTE: Final = (
    "#8ce99a", "#74c0fc", "#ffd43b", "#ffa8a8", "#66d9e8", "#e599f7", "#c0eb75", "#ffc078", "#91a7ff", "#63e6be",
    "#faa2c1",
)  # fmt: skip
_LIGHT: Final = frozenset("HXT#S")  # letters that are white on their ground


def picture(title: str, lines: Sequence[str]) -> str:
    """An SVG of a line that was typed and of what it printed."""
    shown = [f"thpsh> {title}", *lines]
    width = round(max(len(line) for line in shown) * _CHAR + 2 * _EDGE)
    height = len(shown) * _LINE + 2 * _EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#ffffff" stroke="#495057"/>',
        '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" fill="#000000">',
    ]
    for number, line in enumerate(shown):
        parts += _drawn(line, number, _grounds(line, owners=_OWNERS in title) if number else {})
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _grounds(line: str, *, owners: bool) -> dict[int, str]:
    """The colours of the ground below the maps of a line, by place."""
    if owners:
        row = _OWNERS_ROW.search(line)
        letters = enumerate(row[1], row.start(1)) if row is not None else ()
        return {place: _owner_ground(letter) for place, letter in letters if letter != "."}
    maps = [enumerate(found[0], found.start()) for found in _MAP.finditer(line)]
    return {place: _GROUND[letter] for letters in maps for place, letter in letters if letter in _GROUND}


def _owner_ground(letter: str) -> str:
    return _OWNERS_GROUND.get(letter) or _PALETTE[ord(letter) % len(_PALETTE)]


def _drawn(line: str, number: int, grounds: dict[int, str]) -> Iterator[str]:
    """One line of text, and the ground below its maps."""
    top = _EDGE + number * _LINE
    black, white = list(line), [" "] * len(line)
    for place, colour in grounds.items():
        x = f"{_EDGE + place * _CHAR:.1f}"
        yield f'<rect x="{x}" y="{top}" width="{_CHAR}" height="{_LINE - 2}" fill="{colour}"/>'
        if line[place] in _LIGHT and _GROUND.get(line[place]) == colour:
            black[place], white[place] = " ", line[place]
    yield from _text(black, top, "" if number else ' font-weight="bold"')
    yield from _text(white, top, ' fill="#ffffff"')


def _text(letters: list[str], top: int, style: str) -> Iterator[str]:
    """Letters, each at its place whatever the font's own width is."""
    places = [place for place, letter in enumerate(letters) if letter != " "]
    if places:
        where = " ".join(f"{_EDGE + place * _CHAR:.1f}" for place in places)
        text = escape("".join(letters[place] for place in places))
        yield f'<text x="{where}" y="{top + _LINE - 6}"{style}>{text}</text>'
