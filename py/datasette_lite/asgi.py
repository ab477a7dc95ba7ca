"""The ASGI types that the other modules share (ASGI 3.0, HTTP messages 2.4, lifespan 2.0)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal, TypedDict

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

Header = tuple[bytes, bytes]


class ASGIVersions(TypedDict):
    """What a scope says about the protocol."""

    version: Literal["3.0"]
    spec_version: str


class HTTPScope(TypedDict):
    """The scope of one request."""

    type: Literal["http"]
    asgi: ASGIVersions
    http_version: Literal["1.1"]
    method: str
    scheme: str
    path: str
    raw_path: bytes
    query_string: bytes
    root_path: str
    headers: list[Header]
    client: tuple[str, int]
    server: tuple[str, int]
    state: dict[str, Any]


class LifespanScope(TypedDict):
    """The scope of an application's whole life."""

    type: Literal["lifespan"]
    asgi: ASGIVersions
    state: dict[str, Any]


class RequestMessage(TypedDict):
    """A piece of a request's body."""

    type: Literal["http.request"]
    body: bytes
    more_body: bool


class DisconnectMessage(TypedDict):
    """Nobody waits for the answer any longer, or it is complete."""

    type: Literal["http.disconnect"]
