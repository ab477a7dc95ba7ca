"""What the bridge needs from a transport."""

from __future__ import annotations

from typing import Protocol

from datasette_lite.asgi import Header


class Exchange(Protocol):
    """One request and its answer, as the transport carries them.

    The answer is either `respond`, once, or `start`, any number of `write`, then `end` or `fail`.
    """

    @property
    def method(self) -> str:
        """The method, in capitals."""

    @property
    def scheme(self) -> str:
        """`http` or `https`."""

    @property
    def raw_path(self) -> bytes:
        """The path as in the URL, prefix removed: starts with `/`, has no query."""

    @property
    def query_string(self) -> bytes:
        """What follows the `?`, as in the URL."""

    @property
    def root_path(self) -> str:
        """The prefix as in the URL, without a slash at its end."""

    @property
    def headers(self) -> list[Header]:
        """Header pairs, names in lower case: with `host` and `sec-fetch-site`, without `cookie`."""

    @property
    def client_gone(self) -> bool:
        """Whether the visitor went away."""

    async def receive(self) -> bytes | None:
        """Give the next piece of the request's body, None at its end.

        Raises ConnectionError when the visitor went away.
        """

    async def wait_gone(self) -> None:
        """Return when the visitor has gone away; else never."""

    async def respond(self, status: int, headers: list[Header], body: bytes) -> None:
        """Answer with the whole body at once."""

    async def start(self, status: int, headers: list[Header]) -> None:
        """Start a streamed answer."""

    async def write(self, chunk: bytes) -> None:
        """Send a piece of a streamed answer; return when the reader wants more.

        Raises ConnectionError when the reader went away.
        """

    async def end(self) -> None:
        """End a streamed answer."""

    async def fail(self, error: BaseException) -> None:
        """Break a streamed answer off, so that what arrived is not taken for the whole."""
