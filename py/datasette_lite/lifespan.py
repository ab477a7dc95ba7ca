"""An application's start and end (ASGI lifespan 2.0)."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from datasette_lite.asgi import ASGIApp, LifespanScope, Message, Scope
from datasette_lite.errors import EngineError

logger = logging.getLogger(__name__)

#: Longest time for an application to end: what it does then is tidying up, and the worker that
#: it runs in is killed without asking.
SHUTDOWN_S = 10.0


class Lifespan:
    """Tells an application that it starts and ends; one that knows no lifespan is left in peace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        #: What the application keeps for its requests, which get a copy each.
        self.state: dict[str, Any] = {}
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._started = asyncio.Event()
        self._ended = asyncio.Event()
        self._failure: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Start the application; return when it is ready for requests.

        Raises EngineError: app-failed, when it says that it cannot start.
        """
        self._task = asyncio.create_task(self._run())
        self._messages.put_nowait({"type": "lifespan.startup"})
        await self._started.wait()
        if self._failure is not None:
            raise EngineError(
                "app-failed",
                "Could not start the application: it reported an error. "
                "Try again; if it fails again, the details say why.",
                detail=self._failure,
            )

    async def shutdown(self) -> None:
        """End the application. Never raises: there is nothing left to save."""
        if not self._task or self._task.done():
            return
        self._messages.put_nowait({"type": "lifespan.shutdown"})
        try:
            await asyncio.wait_for(self._ended.wait(), SHUTDOWN_S)
        except TimeoutError:
            logger.warning("The application did not end within %d s", SHUTDOWN_S)
        self._task.cancel()

    async def _run(self) -> None:
        scope: LifespanScope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._app(cast(Scope, scope), self._messages.get, self._send)
        except Exception as error:
            # "The server must continue but not send any lifespan events": no support for them.
            logger.info("The application takes no lifespan events: %r", error)
        finally:
            self._started.set()
            self._ended.set()

    async def _send(self, message: Message) -> None:
        match message["type"]:
            case "lifespan.startup.complete":
                self._started.set()
            case "lifespan.startup.failed":
                self._failure = message.get("message", "")
                self._started.set()
            case "lifespan.shutdown.complete":
                self._ended.set()
            case "lifespan.shutdown.failed":
                logger.warning("The application failed to end: %s", message.get("message", ""))
                self._ended.set()
            case other:
                raise RuntimeError(f"ASGI message {other!r} is none of a lifespan")
