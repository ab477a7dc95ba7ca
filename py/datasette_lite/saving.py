"""An answer that says a write succeeded means that it is in storage.

Datasette ──▶ DurableDatabase ──▶ Saver.wrote
    └──▶ answer ──▶ SavingApp: waits for Saver.save ──▶ visitor
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from datasette_lite.asgi import ASGIApp, Header, Message, Receive, Scope, Send
from datasette_lite.error_page import error_page
from datasette_lite.errors import LiteError
from datasette_lite.storage import PlanStorage

logger = logging.getLogger(__name__)

#: After a write that no answer waits for, others may follow at once.
BACKGROUND_S = 0.25

INSUFFICIENT_STORAGE = 507


class Writable(Protocol):
    """A database whose changes are stored."""

    path: str

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was left open: its changes are nobody's yet."""

    def forget_connections(self) -> None:
        """Close what remembers the content of the file."""


#: The losses that a request's writes would be among: see `Saver.losses`.
_writes: ContextVar[list[int] | None] = ContextVar("writes", default=None)


@dataclass
class _Remaking:
    """Tasks that are started meanwhile inherit the context, and live on when it has ended."""

    active: bool = True


#: Set while something is written that every start makes anew.
_remaking: ContextVar[_Remaking | None] = ContextVar("remaking", default=None)


class Saver:
    """Brings changed databases to storage, one commit at a time."""

    def __init__(self, storage: PlanStorage) -> None:
        self._storage = storage
        self._changed: dict[str, Writable] = {}
        self._lock = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        #: How often changes were lost because they could not be stored.
        self.losses = 0
        self._loss: LiteError | None = None

    def wrote(self, database: Writable) -> None:
        """Note that a database has changes that are not stored."""
        remade = _remaking.get()
        if remade and remade.active:
            return
        self._changed[database.path] = database
        self._storage.set_unsaved(True)
        writes = _writes.get()
        if writes is not None:
            writes.append(self.losses)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BACKGROUND_S, self._start_save)

    async def save(self) -> None:
        """Return when everything that was written before is on disk.

        Raises BrowserError: edit-not-saved. Then it is not in memory any more either, nor is
        anything that was written since.
        """
        if not self._changed and not self._lock.locked():
            return
        # Whoever waits may be cancelled; memory and storage stay the same all the while.
        await asyncio.shield(self._in_task(self._save()))

    async def _save(self) -> None:
        async with self._lock:
            databases = {
                path: each for path, each in self._changed.items() if not each.in_transaction
            }
            if not databases:
                return
            for path in databases:
                del self._changed[path]
            self._stop_timer()
            try:
                await self._storage.commit(list(databases))
            except LiteError as error:
                self._give_up({**databases, **self._changed}, error)
                raise
            self._storage.set_unsaved(bool(self._changed))

    def check(self, writes: list[int]) -> None:
        """Raise the fault with which something of these writes was lost, if it was."""
        if self._loss and any(losses < self.losses for losses in writes):
            raise self._loss

    def _give_up(self, databases: dict[str, Writable], error: LiteError) -> None:
        # At one stroke: nobody may read in between.
        for path, database in databases.items():
            database.forget_connections()
            self._storage.revert(path)
        self._changed.clear()
        self._storage.set_unsaved(False)
        self.losses += 1
        self._loss = error

    def _start_save(self) -> None:
        self._timer = None
        self._in_task(self._save_in_background())

    def _in_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _save_in_background(self) -> None:
        try:
            await self.save()
        except LiteError as error:
            logger.error("%s", error)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


@contextmanager
def remaking() -> Iterator[None]:
    """Around writes that every start makes anew: they need not be stored for their own sake."""
    remade = _Remaking()
    token = _remaking.set(remade)
    try:
        yield
    finally:
        remade.active = False
        _remaking.reset(token)


class SavingApp:
    """An application whose answers wait until what was written is in storage."""

    def __init__(self, app: ASGIApp, saver: Saver) -> None:
        self._app = app
        self._saver = saver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, self._saving_at_the_end(receive), send)
            return
        writes: list[int] = []
        token = _writes.set(writes)
        refused = False
        loss: LiteError | None = None

        async def send_when_saved(message: Message) -> None:
            nonlocal refused, loss
            if refused:
                return
            if loss:
                raise loss
            try:
                await self._saver.save()
                self._saver.check(writes)
            except LiteError as error:
                if message["type"] != "http.response.start":
                    # The answer has begun: it must not look whole.
                    loss = error
                    raise
                refused = True
                await _send_fault(send, scope, error)
            else:
                await send(message)

        try:
            await self._app(scope, receive, send_when_saved)
        finally:
            _writes.reset(token)
        if loss:
            raise loss

    def _saving_at_the_end(self, receive: Receive) -> Receive:
        async def receive_when_saved() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                with suppress(LiteError):
                    await self._saver.save()
            return message

        return receive_when_saved


async def _send_fault(send: Send, scope: Scope, error: LiteError) -> None:
    headers, body = _fault_answer(scope, error)
    await send({"type": "http.response.start", "status": INSUFFICIENT_STORAGE, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _fault_answer(scope: Scope, error: LiteError) -> tuple[list[Header], bytes]:
    given = dict(scope["headers"])
    wants_page = b"text/html" in given.get(b"accept", b"") and b"json" not in given.get(
        b"content-type", b""
    )
    if wants_page:
        return error_page("This change was not saved", error.message, error)
    message = error.message
    body = json.dumps(
        {
            "ok": False,
            "error": message,
            "errors": [message],
            "status": INSUFFICIENT_STORAGE,
            "code": error.code,
        }
    ).encode()
    return [(b"content-type", b"application/json"), (b"cache-control", b"no-store")], body
