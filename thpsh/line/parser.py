"""The parser: tokens as lists of pipelines of commands."""

from __future__ import annotations

import re
from typing import Final

from thpsh.errors import UsageError
from thpsh.line.lexer import Incomplete, Lexer, Token, where
from thpsh.line.syntax import AndOr, For, Literal, Pipeline, Redirect, Script, Simple, Word
from thpsh.record import replace

_REDIRECTS: Final = frozenset({"<", ">", ">>", "2>", "2>>", "&>", "&>>", "2>&1"})
_REFUSED: Final = {
    "<<": "here-documents are not known here",
    "<>": "expected < or >",
    ">&": "expected 2>&1",
    "|&": "expected 2>&1 |",
    "&": "there are no background jobs here",
    "(": "there are no subshells here",
    ")": "expected a command",
    ";;": "expected a command between ; and ;",
}
_KEYWORDS: Final = frozenset(
    {"while", "until", "if", "case", "select", "function", "{", "[[", "then", "else", "fi", "esac"}
)
_COMPARISONS: Final = frozenset({"<", ">", ">>"})
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEPTH: Final = 50


def parse(text: str, depth: int = 0) -> Script:
    """The script that a text is; UsageError names the column, Incomplete says that more lines are wanted."""
    if depth > _DEPTH:
        raise UsageError(f"$( ) nested more than {_DEPTH} deep")
    tokens = Lexer(text, lambda inner: parse(inner, depth + 1)).tokens()
    return _Parser(text, tokens).script()


def incomplete(text: str) -> bool:
    """Does the text need another line before it can run?"""
    try:
        parse(text)
    except Incomplete:
        return True
    except UsageError:
        return False
    return False


class _Parser:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.place = 0
        self.loops = 0

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.place]

    def fail(self, token: Token, expected: str) -> UsageError:
        """What to raise at a token that does not fit."""
        kind = Incomplete if token.kind == "end" else UsageError
        shown = {"end": "the end of the line", "\n": "the end of the line"}.get(token.kind, token.kind)
        if token.word is not None:
            shown = token.word.source
        return kind(f"{where(self.text, token.column)}: {shown}: {expected}")

    def script(self, until: str = "") -> Script:
        """Lists up to the end, or up to a keyword."""
        lists: list[AndOr] = []
        while True:
            while self.token.kind == "\n":
                self.place += 1
            if self.token.kind == "end":
                if until:
                    raise self.fail(self.token, f"expected {until}")
                return Script(lists)
            if until and self._keyword() == until:
                return Script(lists)
            lists.append(self._list())
            if self.token.kind in (";", "\n"):
                self.place += 1
            elif self.token.kind != "end" and not (until and self._keyword() == until):
                raise self.fail(self.token, _REFUSED.get(self.token.kind, "expected ; or the end of the line"))

    def _keyword(self) -> str | None:
        word = self.token.word
        return word.plain if word is not None else None

    def _list(self) -> AndOr:
        found = [("", self._pipeline())]
        while self.token.kind in ("&&", "||"):
            operator = self.token.kind
            self.place += 1
            while self.token.kind == "\n":
                self.place += 1
            found.append((operator, self._pipeline()))
        return AndOr(tuple(found))

    def _pipeline(self) -> Pipeline:
        negated = False
        while self._keyword() == "!":
            negated = not negated
            self.place += 1
        commands = [self._command()]
        while self.token.kind == "|":
            self.place += 1
            while self.token.kind == "\n":
                self.place += 1
            commands.append(self._command())
        return Pipeline(tuple(commands), negated)

    def _command(self) -> Simple | For:
        keyword = self._keyword()
        if keyword == "for":
            return self._for()
        if keyword in _KEYWORDS:
            raise self.fail(self.token, "not known here; the shell has for NAME in WORDS; do ...; done")
        if keyword in ("do", "done"):
            raise self.fail(self.token, "expected a command; do and done belong to for")
        start = self.token.column
        command = Simple()
        while True:
            token = self.token
            if token.word is not None:
                self._add_word(command, token.word)
                self.place += 1
            elif token.kind in _COMPARISONS and command.words and command.words[0].plain == "expect":
                command.words.append(self._comparison())
            elif token.kind in _REDIRECTS:
                command.redirects.append(self._redirect())
            else:
                break
        if not (command.words or command.assignments or command.redirects):
            raise self.fail(self.token, _REFUSED.get(self.token.kind, "expected a command"))
        if self.token.kind in _REFUSED:
            raise self.fail(self.token, _REFUSED[self.token.kind])
        command.source = self.text[start : self.token.column].strip()
        return command

    def _add_word(self, command: Simple, word: Word) -> None:
        first = word.parts[0]
        if not command.words and isinstance(first, Literal) and not first.quoted:
            found = _ASSIGNMENT.fullmatch(first.text)
            if found:
                rest = replace(word, parts=(Literal(found[2]), *word.parts[1:]))
                command.assignments.append((found[1], rest))
                return
        command.words.append(word)

    def _comparison(self) -> Word:
        """`>`, `<=`, … as a word: in an expectation they compare."""
        token = self.token
        self.place += 1
        following = self.token
        if following.word is not None and following.column == token.column + len(token.kind):
            self.place += 1
            word = following.word
            return Word((Literal(token.kind), *word.parts), token.column, token.kind + word.source)
        return Word((Literal(token.kind),), token.column, token.kind)

    def _redirect(self) -> Redirect:
        token = self.token
        self.place += 1
        if token.kind == "2>&1":
            return Redirect(token.kind, None)
        target = self.token
        if target.word is None:
            raise self.fail(target, f"expected a file after {token.kind}")
        self.place += 1
        return Redirect(token.kind, target.word)

    def _for(self) -> For:
        self.place += 1
        name = self._keyword()
        if name is None or not _NAME.fullmatch(name):
            raise self.fail(self.token, "expected the name of a variable after for")
        self.place += 1
        if self._keyword() != "in":
            raise self.fail(self.token, "expected in")
        self.place += 1
        words = []
        while self.token.word is not None:
            words.append(self.token.word)
            self.place += 1
        if self.token.kind not in (";", "\n"):
            raise self.fail(self.token, "expected ; or a new line before do")
        while self.token.kind in (";", "\n"):
            self.place += 1
        if self._keyword() != "do":
            raise self.fail(self.token, "expected do")
        self.place += 1
        self.loops += 1
        if self.loops > _DEPTH:
            raise UsageError(f"loops nested more than {_DEPTH} deep")
        body = self.script(until="done")
        self.loops -= 1
        self.place += 1
        redirects: list[Redirect] = []
        while self.token.kind in _REDIRECTS:
            redirects.append(self._redirect())
        return For(name, tuple(words), body, tuple(redirects))
