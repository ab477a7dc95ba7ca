"""A transport in memory, and a visitor who uses it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from datasette_lite.asgi import ASGIApp, Header, Message, Receive, Scope, Send
from datasette_lite.bridge import Bridge
from datasette_lite.cookies import CookieJar

HOST = b"example.test:8000"


class MemoryExchange:
    """One request and what came back; implements `datasette_lite.exchange.Exchange`."""

    def __init__(
        self,
        target: str = "/",
        *,
        method: str = "GET",
        root_path: str = "",
        headers: Iterable[Header] = (),
        body: Iterable[bytes] = (),
    ) -> None:
        path, _, query = target.partition("?")
        self.method = method
        self.scheme = "http"
        self.raw_path = path.encode("ascii")
        self.query_string = query.encode("ascii")
        self.root_path = root_path
        self.headers: list[Header] = [(b"host", HOST), *headers]
        self.client_gone = False
        self._body = iter(body)
        self._gone = asyncio.Event()
        #: Closed by a test that reads slowly.
        self.reader_ready = asyncio.Event()
        self.reader_ready.set()
        self.received = 0
        self.status = 0
        self.answer_headers: list[Header] = []
        self.pieces: list[bytes] = []
        self.streamed = False
        self.ended = False
        self.failure: BaseException | None = None

    def leave(self) -> None:
        """Go away, as a visitor who closes the page."""
        self.client_gone = True
        self._gone.set()
        self.reader_ready.set()

    async def receive(self) -> bytes | None:
        await asyncio.sleep(0)
        if self.client_gone:
            raise ConnectionResetError("gone")
        self.received += 1
        return next(self._body, None)

    async def wait_gone(self) -> None:
        await self._gone.wait()

    async def respond(self, status: int, headers: list[Header], body: bytes) -> None:
        assert not self.status, "answered twice"
        assert type(body) is bytes
        self.status, self.answer_headers, self.pieces = status, headers, [body]
        self.ended = True

    async def start(self, status: int, headers: list[Header]) -> None:
        assert not self.status, "answered twice"
        self.status, self.answer_headers, self.streamed = status, headers, True

    async def write(self, chunk: bytes) -> None:
        assert self.streamed
        assert not self.ended
        assert type(chunk) is bytes
        if self.client_gone:
            raise ConnectionResetError("gone")
        self.pieces.append(chunk)
        await self.reader_ready.wait()

    async def end(self) -> None:
        assert self.streamed
        self.ended = True

    async def fail(self, error: BaseException) -> None:
        assert self.streamed
        self.failure = error

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.answer_headers if key == name), None)


class Store:
    """Where a jar is kept; `dump` is what storage holds."""

    def __init__(self) -> None:
        self.dump = ""

    async def save(self, dump: str) -> None:
        await asyncio.sleep(0)
        self.dump = dump


def bridge_to(app: ASGIApp, store: Store | None = None, **options: Any) -> Bridge:
    """A bridge to an application, with the cookies of a store."""
    store = store or Store()
    jar = CookieJar()
    jar.load(store.dump)
    return Bridge(app, jar=jar, save_jar=store.save, **options)


async def serve(app: ASGIApp, exchange: MemoryExchange, **options: Any) -> MemoryExchange:
    """Have an application answer an exchange, without its lifespan."""
    await bridge_to(app, **options).serve(exchange)
    return exchange


def answering(*messages: Message, after: Callable[[], Awaitable[None]] | None = None) -> ASGIApp:
    """An application that sends these messages."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)
        if after:
            await after()

    return app


def start(status: int = 200, *headers: Header) -> Message:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(content: bytes = b"", *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


class Visitor:
    """Someone at a bridge: asks below a prefix, as a page of the application's own would."""

    def __init__(self, bridge: Bridge, root_path: str) -> None:
        self.bridge = bridge
        self.root_path = root_path

    async def ask(
        self,
        target: str,
        *,
        method: str = "GET",
        headers: Iterable[Header] = (),
        content: bytes = b"",
    ) -> MemoryExchange:
        exchange = MemoryExchange(
            target,
            method=method,
            root_path=self.root_path,
            headers=[(b"sec-fetch-site", b"same-origin"), *headers],
            body=[content] if content else [],
        )
        await self.bridge.serve(exchange)
        return exchange

    async def get(self, target: str, **options: Any) -> MemoryExchange:
        return await self.ask(target, **options)

    async def post_json(self, target: str, content: object) -> MemoryExchange:
        headers = [(b"content-type", b"application/json")]
        return await self.ask(
            target, method="POST", headers=headers, content=json.dumps(content).encode()
        )

    async def post_form(self, target: str, content: str) -> MemoryExchange:
        headers = [(b"content-type", b"application/x-www-form-urlencoded")]
        return await self.ask(target, method="POST", headers=headers, content=content.encode())
