"""One request as an ASGI application sees it."""

from __future__ import annotations

import asyncio
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from datasette_lite.asgi import DisconnectMessage, Header, HTTPScope, Message, RequestMessage
from datasette_lite.exchange import Exchange
from datasette_lite.proxy import DEFAULT_PORTS

#: The visitor's address: the same machine, and no port as there is no connection.
CLIENT = ("127.0.0.1", 0)

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))


def http_scope(exchange: Exchange, *, cookie: str, state: dict[str, Any]) -> HTTPScope:
    """The scope of a request (ASGI HTTP 2.4).

    `path` and `raw_path` come without the prefix, as from a prefix-stripping proxy; `root_path`
    names it. `datasette_lite.mounted` is for applications that want it in the path as well.
    """
    headers = list(exchange.headers)
    if cookie:
        headers.append((b"cookie", cookie.encode("latin-1")))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": exchange.method.upper(),
        "scheme": exchange.scheme,
        "path": unquote(exchange.raw_path.decode("ascii")),
        "raw_path": exchange.raw_path,
        "query_string": exchange.query_string,
        "root_path": exchange.root_path,
        "headers": headers,
        "client": CLIENT,
        "server": _server(exchange),
        "state": dict(state),
    }


def request_url(exchange: Exchange) -> str:
    """The URL that the visitor asked for, prefix and query included."""
    host = header(exchange.headers, b"host", b"localhost").decode("latin-1")
    path = exchange.root_path + exchange.raw_path.decode("ascii")
    query = exchange.query_string.decode("ascii")
    return f"{exchange.scheme}://{host}{path}" + (f"?{query}" if query else "")


def header(headers: list[Header], name: bytes, default: bytes = b"") -> bytes:
    """The first value of a header, or the default."""
    return next((value for key, value in headers if key == name), default)


def _server(exchange: Exchange) -> tuple[str, int]:
    url = urlsplit(request_url(exchange))
    return url.hostname or "localhost", url.port or DEFAULT_PORTS.get(url.scheme, 80)


class RequestBody:
    """Gives an application its request's body, piece by piece, as it asks for them."""

    def __init__(self, exchange: Exchange, over: asyncio.Event) -> None:
        """over: set once the answer is complete, or known to have no reader."""
        self._exchange = exchange
        self._over = over
        self._ended = False
        #: When the last piece arrived, by the loop's clock.
        self.heard_at = asyncio.get_running_loop().time()

    async def receive(self) -> Message:
        """The next message: pieces until one says it is the last, then the disconnection."""
        if not self._ended and not self._over.is_set():
            try:
                chunk = await self._exchange.receive()
            except ConnectionError:
                self._over.set()
                return _disconnect()
            self.heard_at = asyncio.get_running_loop().time()
            # An upload that its sender gave up may end like a whole one.
            if not self._exchange.client_gone:
                self._ended = chunk is None
                return _piece(chunk or b"", more_body=not self._ended)
        await self._until_over()
        return _disconnect()

    async def _until_over(self) -> None:
        ends = {
            asyncio.ensure_future(self._over.wait()),
            asyncio.ensure_future(self._exchange.wait_gone()),
        }
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()


def _piece(body: bytes, *, more_body: bool) -> Message:
    message: RequestMessage = {"type": "http.request", "body": body, "more_body": more_body}
    return cast(Message, message)


def _disconnect() -> Message:
    message: DisconnectMessage = {"type": "http.disconnect"}
    return cast(Message, message)
