"""A bare ASGI application: no framework stands between a test and the bridge."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

# Every byte value, and no length that any buffer has.
KNOWN_BYTES = bytes(range(256)) * 40 + b"end"


class Log:
    """What has happened to streams so far; tests read it at /log."""

    started = 0
    sent_bytes = 0
    gone = 0


async def create_app(launch: object) -> Handler:
    """What the site's engine asks every application for."""
    return app


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer by the first part of the path."""
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
        return
    first = scope["path"].split("/")[1]
    await HANDLERS.get(first, echo)(scope, receive, send)


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Count starts, so that a second one would show."""
    await receive()
    Log.started += 1
    scope["state"]["greeting"] = "set at start-up"
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell, in JSON, everything that arrived."""
    body = await whole_body(receive)
    facts = {
        "scope": {
            key: text(value)
            for key, value in scope.items()
            if key not in ("headers", "app", "extensions")
        },
        "headers": [[text(name), text(value)] for name, value in scope["headers"]],
        "length": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "body": base64.b64encode(body[:10_000]).decode(),
        "started": Log.started,
    }
    await answer(send, 200, [(b"content-type", b"application/json")], json.dumps(facts).encode())


async def repeat(scope: Scope, receive: Receive, send: Send) -> None:
    """Stream the request's body back as it comes in."""
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/octet-stream")],
        }
    )
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        await send(
            {"type": "http.response.body", "body": message.get("body", b""), "more_body": more}
        )


async def status(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer /status/N with N; a body only where HTTP allows one."""
    code = int(scope["path"].split("/")[2])
    body = b"" if code in (204, 205, 304) else b"status %d" % code
    await answer(send, code, [(b"content-type", b"text/plain"), (b"x-code", b"%d" % code)], body)


async def headers(scope: Scope, receive: Receive, send: Send) -> None:
    """Repeat a header."""
    pairs = [(b"x-twice", b"one"), (b"x-twice", b"two")]
    await answer(send, 200, [(b"content-type", b"text/html; charset=utf-8"), *pairs], b"<p>hi</p>")


async def redirect(scope: Scope, receive: Receive, send: Send) -> None:
    """Redirect to `to`, exactly as given, with status `status`."""
    query = parse_qs(scope["query_string"].decode())
    location = query["to"][0].encode()
    await answer(send, int(query["status"][0]), [(b"location", location)], b"elsewhere")


async def landing(scope: Scope, receive: Receive, send: Send) -> None:
    """Where redirects end: a page that tells the method and the path."""
    html = f"<h1>{scope['method']} {scope['path']}</h1>".encode()
    await answer(send, 200, [(b"content-type", b"text/html; charset=utf-8")], html)


async def cookies(scope: Scope, receive: Receive, send: Send) -> None:
    """Set the cookies that the query names; tell those that came."""
    pairs = [(b"content-type", b"text/plain")]
    for value in parse_qs(scope["query_string"].decode()).get("set", []):
        pairs.append((b"set-cookie", value.encode()))
    came = [value for name, value in scope["headers"] if name == b"cookie"]
    await answer(send, 200, pairs, b"; ".join(came))


async def known(scope: Scope, receive: Receive, send: Send) -> None:
    """A body of known bytes, for ranges."""
    pairs = [(b"content-type", b"application/octet-stream"), (b"etag", b'"known"')]
    await answer(send, 200, pairs, KNOWN_BYTES)


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """Stream until the reader goes away."""
    Log.sent_bytes = 0
    await receive()
    gone = asyncio.ensure_future(until_gone(receive))
    start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    try:
        while not gone.done():
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            Log.sent_bytes += 65536
            await asyncio.sleep(0)
    except OSError:
        pass
    finally:
        Log.gone += 1
        gone.cancel()


async def until_gone(receive: Receive) -> None:
    """Wait for http.disconnect."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def drip(scope: Scope, receive: Receive, send: Send) -> None:
    """Send a first small piece, and the second one only once /log?go was asked for."""
    Drip.go = asyncio.Event()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"first ", "more_body": True})
    await asyncio.wait_for(Drip.go.wait(), 20)
    await send({"type": "http.response.body", "body": b"second"})


class Drip:
    """Lets /drip go on."""

    go = asyncio.Event()


async def log(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell the log."""
    if scope["query_string"] == b"go":
        Drip.go.set()
    facts = {"started": Log.started, "sent_bytes": Log.sent_bytes, "gone": Log.gone}
    await answer(send, 200, [(b"content-type", b"application/json")], json.dumps(facts).encode())


async def raise_before(scope: Scope, receive: Receive, send: Send) -> None:
    """Fail before the start of the answer."""
    raise ValueError("raised before the start")


async def raise_after(scope: Scope, receive: Receive, send: Send) -> None:
    """Fail in the middle of the answer."""
    start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": b"x" * 200_000, "more_body": True})
    await asyncio.sleep(0.2)
    raise ValueError("raised after the start")


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    """Return without an answer."""


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """A page with links and a script that ignore the prefix, as some plugins' do."""
    html = (
        b"<!doctype html><html lang=en><title>Strays</title><h1>Strays</h1>"
        b'<link rel="icon" href="data:,">'
        b'<p id=loaded></p><a href="/landing/linked">link</a>'
        b'<form method=post action="/landing/posted"><button>post</button></form>'
        b'<script src="/script.js"></script>'
    )
    await answer(send, 200, [(b"content-type", b"text/html; charset=utf-8")], html)


async def script(scope: Scope, receive: Receive, send: Send) -> None:
    """The script of that page."""
    source = b"document.getElementById('loaded').textContent = 'script of the app';"
    await answer(send, 200, [(b"content-type", b"text/javascript")], source)


async def answer(send: Send, code: int, pairs: list[tuple[bytes, bytes]], body: bytes) -> None:
    """Send one whole answer."""
    await send({"type": "http.response.start", "status": code, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def whole_body(receive: Receive) -> bytes:
    """Gather the body of the request."""
    pieces: list[bytes] = []
    more = True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def text(value: object) -> object:
    """A value as JSON can tell it, bytes as Latin-1."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, (list, tuple)):
        return [text(item) for item in value]
    return value


HANDLERS: dict[str, Handler] = {
    "repeat": repeat,
    "status": status,
    "headers": headers,
    "redirect": redirect,
    "landing": landing,
    "cookies": cookies,
    "known": known,
    "endless": endless,
    "drip": drip,
    "log": log,
    "raise-before": raise_before,
    "raise-after": raise_after,
    "silent": silent,
    "page": page,
    "script.js": script,
}
