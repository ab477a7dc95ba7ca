"""Reads JSON piece by piece, so that a large file is never in memory as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

#: Read at a time. A value that does not fit doubles it.
PIECE_CHARACTERS = 256 * 1024

#: A number that is cut at `1.`, `1e` or `1e-` is read as 1, and so many characters are left.
MOST_CUT_CHARACTERS = 2

_space = re.compile(r"[ \t\r\n\ufeff]*").match


class JSONSyntax(Exception):
    """The text is not JSON; says where and why."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(f"line {line:,}, column {column:,}: {problem}")


class JSONText:
    """A text that is read from start to end, value by value. Raises JSONSyntax throughout."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._decode = json.JSONDecoder(strict=False).raw_decode
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._line = 1
        self._column = 1

    def peek(self) -> str:
        """The next character that is not space; "" at the end."""
        while True:
            self._at = _space(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def expect(self, character: str) -> None:
        """Step over a character that has to be next."""
        if self.peek() != character:
            raise self.syntax(f"“{character}” expected")
        self._at += 1

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = self._decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                self._at = min(error.pos, len(self._buffer))
                raise self.syntax(error.msg) from None
            except RecursionError:
                raise self.syntax("values are nested too deeply") from None
            except ValueError:  # of thousands of digits: int() refuses those
                raise self.syntax("a number has too many digits") from None
            if len(self._buffer) - end <= MOST_CUT_CHARACTERS and self._more():
                continue  # a number may go on
            self._at = end
            return value

    def items(self) -> Iterator[Any]:
        """The values of the array that is next; to be taken to the end."""
        self.expect("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            following = self.peek()
            self._at += 1
            if following == "]":
                return
            if following != ",":
                self._at -= 1
                raise self.syntax("“,” or “]” expected")

    def members(self) -> Iterator[str]:
        """The keys of the object that is next; whoever takes one takes its value, too."""
        self.expect("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                raise self.syntax("a name in double quotes expected")
            key = self.value()
            self.expect(":")
            yield key
            following = self.peek()
            self._at += 1
            if following == "}":
                return
            if following != ",":
                self._at -= 1
                raise self.syntax("“,” or “}” expected")

    def syntax(self, problem: str) -> JSONSyntax:
        """An error at this place."""
        if not self._buffer[self._at :] and self._ended:
            problem = "the text ends here, before its JSON does"
        read = self._buffer[: self._at]
        lines = read.count("\n")
        last = read.rpartition("\n")[2]
        return JSONSyntax(
            problem, self._line + lines, len(last) + 1 if lines else self._column + len(last)
        )

    def _more(self) -> bool:
        """Read on; False at the end of the text."""
        if self._ended:
            return False
        kept = self._buffer[self._at :]
        piece = self._text.read(max(PIECE_CHARACTERS, len(kept)))
        self._ended = not piece
        if not piece:
            return False
        read = self._buffer[: self._at]
        lines = read.count("\n")
        self._line += lines
        last = len(read.rpartition("\n")[2])
        self._column = last + 1 if lines else self._column + last
        self._buffer, self._at = kept + piece, 0
        return True
