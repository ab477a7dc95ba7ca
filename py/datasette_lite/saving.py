"""An answer that says a write succeeded means that it is in storage.

Datasette ──▶ DurableDatabase ──▶ Saver.wrote
    └──▶ answer ──▶ SavingApp: waits for Saver.save ──▶ visitor
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakSet

from datasette_lite.asgi import ASGIApp, Header, Message, Receive, Scope, Send
from datasette_lite.error_page import error_page
from datasette_lite.errors import BrowserError, LiteError
from datasette_lite.storage import PlanStorage
from datasette_lite.stray_writes import can_be_stored, is_ahead

logger = logging.getLogger(__name__)

#: After a write that no answer waits for, others may follow at once.
BACKGROUND_S = 0.25

INSUFFICIENT_STORAGE = 507


class Writable(Protocol):
    """A database whose changes are stored."""

    path: str

    def discard_connections(self) -> None:
        """Close what remembers the content of the file, and what could not be rolled back."""


@dataclass(frozen=True)
class Write:
    """One of a request's writes. losses: how many there had been, see `Saver.losses`."""

    path: str
    losses: int


class TransactionOpenError(BrowserError):
    """A connection that is none of Datasette's has not come to the end of a transaction."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            "edit-not-saved",
            "Could not save this change yet: a plugin has a transaction open in the same database. "
            "Try again.",
        )
        self.paths = paths


_writes: ContextVar[list[Write] | None] = ContextVar("writes", default=None)


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
        #: Paths of what has changes that are not stored.
        self._changed: set[str] = set()
        #: Paths of what other connections changed, or may have.
        self._strays: set[str] = set()
        self._databases: dict[str, WeakSet[Writable]] = {}
        self._lock = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_begun = False
        #: How often changes were lost because they could not be stored.
        self.losses = 0
        self._loss: LiteError | None = None

    def add(self, database: Writable) -> None:
        """Know a database; several may have the same file."""
        self._databases.setdefault(database.path, WeakSet()).add(database)

    def begin(self) -> None:
        """Store from here on what connections change that are none of Datasette's.

        What they did before, they do at every start. Once is enough.
        """
        if self._has_begun:
            return
        self._has_begun = True
        self._storage.take_strays()
        self._storage.set_unsaved(bool(self._changed))
        self._storage.on_stray(self._set_timer)

    def wrote(self, path: str) -> None:
        """Note that a file has changes that are not stored, or is to be removed."""
        remade = _remaking.get()
        if remade and remade.active:
            return
        self._changed.add(path)
        self._storage.set_unsaved(True)
        writes = _writes.get()
        if writes is not None:
            writes.append(Write(path, self.losses))
        self._set_timer()

    async def save(self) -> None:
        """Return when everything that was written before is on disk.

        Raises BrowserError: edit-not-saved. Then it is not in memory any more either, nor is
        anything that was written since; but for a TransactionOpenError, which only delays it.
        """
        self._note_strays()
        if not self._changed and not self._lock.locked():
            return
        # Whoever waits may be cancelled; memory and storage stay the same all the while.
        await asyncio.shield(self._in_task(self._save()))

    async def _save(self) -> None:
        async with self._lock:
            open_paths = await self._open_paths()
            paths = self._changed - open_paths
            self._changed &= open_paths
            self._strays &= open_paths
            if paths:
                self._stop_timer()
                try:
                    await self._storage.commit(sorted(paths))
                except LiteError as error:
                    self._give_up(paths | self._changed, error)
                    raise
            self._storage.set_unsaved(bool(self._changed))
            if open_paths:
                self._set_timer()
                raise TransactionOpenError(sorted(open_paths))

    def check(self, writes: list[Write]) -> None:
        """Raise the fault with which something of these writes was lost, if it was."""
        if self._loss and any(write.losses < self.losses for write in writes):
            raise self._loss

    def _note_strays(self) -> None:
        if not self._has_begun:
            return
        ahead = {path for path, known in self._databases.items() if known and is_ahead(path)}
        if found := ahead.union(self._storage.take_strays()):
            self._strays |= found
            self._changed |= found
            self._storage.set_unsaved(True)

    async def _open_paths(self) -> set[str]:
        """Those of the changed files whose state is that of an open transaction."""
        found = set()
        for path in sorted(self._strays):
            file = self._storage.file(path)
            try:
                if file and not await can_be_stored(path, file):
                    found.add(path)
            except OSError as error:
                logger.error("%s", error)
                found.add(path)
        return found

    def _give_up(self, paths: set[str], error: LiteError) -> None:
        # At one stroke: nobody may read in between.
        for path in paths:
            for database in self._databases.get(path, ()):
                database.discard_connections()
            self._storage.revert(path)
        self._changed.clear()
        self._strays.clear()
        self._storage.set_unsaved(False)
        self.losses += 1
        self._loss = error

    def _set_timer(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BACKGROUND_S, self._start_save)

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
        except TransactionOpenError:
            pass  # Told to whoever waits for it; the timer is set again.
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
        writes: list[Write] = []
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
                await self._save(scope, writes)
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

    async def _save(self, scope: Scope, writes: list[Write]) -> None:
        try:
            await self._saver.save()
        except TransactionOpenError as error:
            # Who wrote to another file, or only read, was promised nothing.
            is_about_this = any(write.path in error.paths for write in writes)
            may_be_about_this = not writes and scope["method"] not in ("GET", "HEAD")
            if is_about_this or may_be_about_this:
                raise
        self._saver.check(writes)

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
