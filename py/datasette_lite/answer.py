"""One answer: what an application sends, checked against ASGI and passed to the transport."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from datasette_lite.asgi import Header, Message
from datasette_lite.coalescing import Coalescer
from datasette_lite.exchange import Exchange
from datasette_lite.request import header

#: Statuses that a browser lets a page have; anything else, 1xx too, is no final answer.
FINAL_STATUSES = range(200, 600)

#: Statuses without a body ("null body status" in the Fetch standard).
BODILESS = frozenset((204, 205, 304))

#: An answer that declares no more than this, such as a static file, is gathered whole, if that
#: takes no longer than `GATHERING_S`: one trip, and its readers can keep it.
GATHERED_BYTES = 1024 * 1024
GATHERING_S = 0.5

#: One of which a range is wanted is gathered up to this size, however long it takes, so that the
#: transport can cut the range out of it; a larger one is streamed whole, as HTTP allows.
RANGED_BYTES = 64 * 1024 * 1024

NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(rb"[^\0\r\n]*")


class ReaderGoneError(ConnectionResetError):
    """Nobody reads the answer any longer. ASGI: `send` raises an OSError then."""


@dataclass(frozen=True)
class Head:
    """The start of an answer, as the application gave it, and where its body gathers."""

    status: int
    headers: list[Header]
    pieces: Coalescer


class Answer:
    """Takes an application's messages (`send`) and answers the exchange with them.

    The head is held until the first piece of the body: an application that fails in between
    still gets an honest 500. An answer complete in one go is passed on in one go.
    """

    def __init__(
        self,
        exchange: Exchange,
        release_headers: Callable[[list[Header]], Awaitable[list[Header]]],
    ) -> None:
        """release_headers: makes the headers that the visitor gets from the application's."""
        self._exchange = exchange
        self._release_headers = release_headers
        self._head: Head | None = None
        #: Set once the answer is complete, or known to have no reader.
        self.over = asyncio.Event()
        #: Whether the application said the last word.
        self.complete = False
        #: Whether the visitor has got the head.
        self.released = False
        #: Whether it is the reader, not the application, that is waited for.
        self.waits_for_reader = False
        #: When the application last said something, by the loop's clock.
        self.heard_at = asyncio.get_running_loop().time()

    async def send(self, message: Message) -> None:
        """Take one message of the application.

        Raises ReaderGoneError when nobody reads, RuntimeError when ASGI does not allow the message.
        """
        loop = asyncio.get_running_loop()
        self.heard_at = loop.time()
        try:
            match message["type"]:
                case "http.response.start":
                    self._take_head(message)
                case "http.response.body":
                    await self._take_body(message)
                case other:
                    raise RuntimeError(f"ASGI message {other!r} is none of an HTTP answer")
        finally:
            self.heard_at = loop.time()

    async def replace(self, status: int, headers: list[Header], body: bytes) -> None:
        """Answer with something else than what the application sent, before its head is out."""
        self.over.set()
        self.released = True
        await self._exchange.respond(
            status, headers, body if self._exchange.method != "HEAD" else b""
        )

    async def break_off(self, error: BaseException) -> None:
        """End a streamed answer so that nobody takes it for the whole."""
        self.over.set()
        await self._exchange.fail(error)

    async def settle(self) -> None:
        """Stop the clock of what is held; a write under way ends first. Never raises."""
        if self._head:
            # A write that failed: the reader is gone, or the next attempt says what is wrong.
            with suppress(Exception):
                await self._head.pieces.close()

    def _take_head(self, message: Message) -> None:
        if self._head:
            raise RuntimeError("The application started its answer twice")
        if self._nobody_reads():
            raise ReaderGoneError("the visitor went away")
        headers = [
            (bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())
        ]
        for name, value in headers:
            if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
                raise RuntimeError(f"The application sent an invalid header: {name!r}: {value!r}")
        if message["status"] not in FINAL_STATUSES:
            raise RuntimeError(f"{message['status']} is no status of a final answer")
        status = int(message["status"])
        self._head = Head(status, headers, self._coalescer(status, headers))

    async def _take_body(self, message: Message) -> None:
        if not self._head:
            raise RuntimeError("The application sent a body before the start of its answer")
        if self.complete:
            raise RuntimeError("The application went on after the end of its answer")
        if self._nobody_reads():
            raise ReaderGoneError("the visitor went away")
        chunk = bytes(message.get("body", b""))
        last = not message.get("more_body", False)
        if self._exchange.method == "HEAD" or self._head.status in BODILESS:
            await self._answer_without_body(self._head, chunk if last else None)
            return
        try:
            self.waits_for_reader = True
            if last:
                await self._finish(self._head, chunk)
            else:
                await self._head.pieces.add(chunk)
        except ConnectionError as error:
            self.over.set()
            raise ReaderGoneError("the visitor went away") from error
        finally:
            self.waits_for_reader = False

    async def _finish(self, head: Head, chunk: bytes) -> None:
        rest = await head.pieces.close() + chunk
        if not self.released:
            headers = _with_length(await self._release_headers(head.headers), len(rest))
            await self._exchange.respond(head.status, headers, rest)
            self.released = True
        else:
            if rest:
                await self._exchange.write(rest)
            await self._exchange.end()
        self.complete = True
        self.over.set()

    async def _write(self, piece: bytes) -> None:
        if not self.released and self._head:
            headers = await self._release_headers(self._head.headers)
            await self._exchange.start(self._head.status, headers)
            self.released = True
        await self._exchange.write(piece)

    async def _answer_without_body(self, head: Head, whole: bytes | None) -> None:
        """Answer at once; what the application has to say beyond is not waited for."""
        headers = await self._release_headers(head.headers)
        if head.status in (204, 205):
            headers = [pair for pair in headers if pair[0] != b"content-length"]
        elif whole and head.status != 304 and not header(headers, b"content-length"):
            headers = _with_length(headers, len(whole))
        await self._exchange.respond(head.status, headers, b"")
        self.released = True
        self.complete = whole is not None
        self.over.set()

    def _nobody_reads(self) -> bool:
        return self._exchange.client_gone or self.over.is_set()

    def _coalescer(self, status: int, headers: list[Header]) -> Coalescer:
        if (
            status == 200
            and self._exchange.method == "GET"
            and header(self._exchange.headers, b"range")
        ):
            return Coalescer(self._write, piece_bytes=RANGED_BYTES, patience_s=None)
        declared = header(headers, b"content-length")
        if declared.isdigit() and int(declared) <= GATHERED_BYTES:
            return Coalescer(self._write, piece_bytes=int(declared) + 1, patience_s=GATHERING_S)
        return Coalescer(self._write)


def _with_length(headers: list[Header], length: int) -> list[Header]:
    """The headers with a true `Content-Length`: the transport cuts ranges by it."""
    others = [pair for pair in headers if pair[0] != b"content-length"]
    return [*others, (b"content-length", str(length).encode())]
