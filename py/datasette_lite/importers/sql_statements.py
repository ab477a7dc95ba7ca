"""Takes a SQL script apart into its statements."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

#: What a semicolon may stand in without ending a statement, or one that may end it. A doubled
#: quote inside a string makes two strings of it, which is the same here.
PIECES = re.compile(
    r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)|(?P<end>;)""", re.DOTALL
)

#: What may precede the first word of a statement.
IDLE = re.compile(r"(?:\s+|;|--[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z))*", re.DOTALL)

WORD = re.compile(r"[a-z]+", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """One statement of a script.

    keyword: its first word, in capitals.
    line: of the script where it begins, counting from 1.
    end: characters of the script up to its end.
    """

    sql: str
    keyword: str
    line: int
    end: int


def statements_of(script: str) -> Iterator[Statement]:
    """The statements of a script, comments between them left out."""
    line = 1
    start = 0
    for piece in PIECES.finditer(script):
        # A semicolon within a trigger's body does not complete the statement.
        if piece["end"] and sqlite3.complete_statement(script[start : piece.end()]):
            statement = _statement(script, start, piece.end(), line)
            if statement:
                yield statement
            line += script.count("\n", start, piece.end())
            start = piece.end()
    statement = _statement(script, start, len(script), line)
    if statement:
        yield statement


def _statement(script: str, start: int, end: int, line: int) -> Statement | None:
    idle = IDLE.match(script, start, end)
    begin = idle.end() if idle else start
    if begin >= end:
        return None
    word = WORD.match(script, begin, end)
    return Statement(
        script[begin:end],
        word[0].upper() if word else "",
        line + script.count("\n", start, begin),
        end,
    )
