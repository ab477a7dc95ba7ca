"""The server side of ASGI: every request gets an answer, whatever the application does.

Exchange ──▶ RequestBody.receive ──▶ application ──▶ Answer.send ──▶ Exchange
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import cast

from datasette_lite.answer import Answer
from datasette_lite.asgi import ASGIApp, Header, HTTPScope, Scope
from datasette_lite.cookies import CookieJar
from datasette_lite.error_page import error_page
from datasette_lite.exchange import Exchange
from datasette_lite.lifespan import Lifespan
from datasette_lite.proxy import proxied_cookie, proxied_headers
from datasette_lite.request import SAFE_METHODS, RequestBody, header, http_scope, request_url

__all__ = ["Bridge", "Exchange"]

logger = logging.getLogger(__name__)

#: Longest silence before the start of an answer: longer than any honest page takes, shorter than
#: the five minutes after which browsers end a service worker's event without a word.
FIRST_BYTE_S = 120.0

#: Longest silence within an answer. Time spent waiting for a slow reader does not count.
SILENCE_S = 240.0

#: An application that was told to stop gets this long to tidy up.
CANCEL_S = 1.0

#: Seconds after which a request is looked at again. Short, as a timer of Pyodide's event loop
#: keeps a whole interpreter in memory until it fires, even when nobody waits for it any more.
LOOK_S = 5.0


class Bridge:
    """Serves one ASGI application below one prefix."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        jar: CookieJar,
        save_jar: Callable[[str], Awaitable[None]],
        first_byte_timeout_s: float = FIRST_BYTE_S,
        silence_timeout_s: float = SILENCE_S,
    ) -> None:
        """jar: the plan's cookies.
        save_jar: stores what `jar.dump` gives; awaited before the answer that changed it.
        """
        self._app = app
        self._jar = jar
        self._save_jar = save_jar
        self._saving = asyncio.Lock()
        self._first_byte_timeout_s = first_byte_timeout_s
        self._silence_timeout_s = silence_timeout_s
        self._lifespan = Lifespan(app)

    async def startup(self) -> None:
        """Start the application. Raises EngineError: app-failed."""
        await self._lifespan.startup()

    async def shutdown(self) -> None:
        """End the application as a server's shutdown would."""
        await self._lifespan.shutdown()

    async def serve(self, exchange: Exchange) -> None:
        """Answer one request. What the application does wrong is answered, not raised."""
        answer = Answer(exchange, lambda headers: self._release(exchange, headers))
        body = RequestBody(exchange, answer.over)
        scope = http_scope(exchange, cookie=self._cookie_for(exchange), state=self._lifespan.state)
        work = asyncio.create_task(self._run(scope, body, answer))
        try:
            error = await self._outcome(work, body, answer)
        finally:
            work.cancel()
        await _conclude(exchange, answer, error)

    async def _run(self, scope: HTTPScope, body: RequestBody, answer: Answer) -> None:
        try:
            await self._app(cast(Scope, scope), body.receive, answer.send)
        except SystemExit as error:
            # It would end the event loop, and with it every other request.
            raise RuntimeError("The application called sys.exit") from error

    async def _outcome(
        self, work: asyncio.Task[None], body: RequestBody, answer: Answer
    ) -> BaseException | None:
        """Wait for the application to end; give what it raised, or the deadline's error."""
        loop = asyncio.get_running_loop()
        while not work.done():
            limit = self._silence_timeout_s if answer.released else self._first_byte_timeout_s
            silence = loop.time() - max(answer.heard_at, body.heard_at)
            if answer.complete:
                # What an application does after its answer, nobody waits for.
                await asyncio.wait({work})
            elif answer.waits_for_reader or silence < limit:
                left = limit if answer.waits_for_reader else limit - silence
                await asyncio.wait({work}, timeout=min(left, LOOK_S))
            else:
                work.cancel()
                await asyncio.wait({work}, timeout=CANCEL_S)
                return TimeoutError(f"The application was silent for {limit:g} seconds")
        return work.exception() if not work.cancelled() else asyncio.CancelledError()

    def _cookie_for(self, exchange: Exchange) -> str:
        return self._jar.header_for(
            request_url(exchange),
            cross_site=header(exchange.headers, b"sec-fetch-site") == b"cross-site",
            safe=exchange.method.upper() in SAFE_METHODS,
        )

    async def _release(self, exchange: Exchange, headers: list[Header]) -> list[Header]:
        """The headers that leave, once the cookies among them are stored."""
        url = request_url(exchange)
        root_path = exchange.root_path
        cookies = [value.decode("latin-1") for name, value in headers if name == b"set-cookie"]
        if cookies and self._jar.absorb(
            url, [proxied_cookie(cookie, root_path=root_path) for cookie in cookies]
        ):
            await self._store_jar()
        others = [pair for pair in headers if pair[0] != b"set-cookie"]
        return proxied_headers(others, request_url=url, root_path=root_path)

    async def _store_jar(self) -> None:
        # One at a time, each with the jar as it is then: a slow store must not end up with the
        # older of two.
        async with self._saving:
            try:
                await self._save_jar(self._jar.dump())
            except Exception:
                # Until the worker dies the jar in memory serves as well.
                logger.exception("The cookies could not be stored")


async def _conclude(exchange: Exchange, answer: Answer, error: BaseException | None) -> None:
    """Answer for an application that did not, and tell the log what went wrong."""
    await answer.settle()
    if answer.over.is_set() or exchange.client_gone:
        # An application may well object that its reader is gone.
        if error and answer.complete:
            logger.warning("The application failed after its answer", exc_info=error)
        return
    if error is None:
        what = "before its answer was complete" if answer.released else "without an answer"
        error = RuntimeError(f"The application ended {what}")
    request = f"{exchange.method} {request_url(exchange)}"
    logger.error("The application failed to answer %s", request, exc_info=error)
    if answer.released:
        await answer.break_off(error)
    elif isinstance(error, TimeoutError):
        await answer.replace(504, *_page("did not answer in time", error))
    else:
        await answer.replace(500, *_page("failed", error))


def _page(what: str, error: BaseException) -> tuple[list[Header], bytes]:
    return error_page(
        "This page could not be made",
        f"The application {what}. Go back and try something else, or reload to try again; "
        "the details say what happened.",
        error,
    )
