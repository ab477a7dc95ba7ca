"""A database of Datasette's whose file is a block file: nothing written to it is lost."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from datasette.database import Database

from datasette_lite.attaching import attach_no_file
from datasette_lite.replay import replayed, replayed_write, written_once
from datasette_lite.saving import Saver
from datasette_lite.storage import BlockFile

if TYPE_CHECKING:
    from datasette.app import Datasette

T = TypeVar("T")
Connected = Callable[[sqlite3.Connection], T]


#: Packages whose functions may run again from their start: they change nothing but the database.
REPEATABLE = ("datasette", "datasette_lite")

#: The largest database that is fetched whole for a function that must not run twice, in bytes.
MOST_LOADED_BYTES = 512 * 1024 * 1024

LEFT_OPEN = (
    "A write left its transaction open. Nothing of it was kept: each must commit what it begins, "
    "as what is not committed cannot be saved."
)


class DurableDatabase(Database):  # type: ignore[misc]  # Datasette has no types.
    """Overrides the three methods that all reads and writes of Datasette 1.0a41 go through.

    It runs without threads, so between two waits nobody else uses the connections.
    """

    _read_connection: sqlite3.Connection | None
    _write_connection: sqlite3.Connection | None
    _all_connections: list[sqlite3.Connection]

    def __init__(
        self, datasette: Datasette, path: str, file: BlockFile, saver: Saver, **how: Any
    ) -> None:
        """how: as of Datasette's own."""
        super().__init__(datasette, path=path, **how)
        # With another, connections that are for reading could write, and nobody would commit that.
        self.mode = None
        self._file = file
        self._saver = saver
        saver.add(self)

    def forget_connections(self) -> None:
        """Close all connections; the next use opens new ones."""
        self._read_connection = self._write_connection = None
        connections, self._all_connections = self._all_connections, []
        for connection in connections:
            with suppress(sqlite3.Error):
                connection.close()

    def discard_connections(self) -> None:
        """As `forget_connections`, where what they wrote is about to be taken back."""
        self.forget_connections()
        # What a rollback could not finish.
        with suppress(FileNotFoundError):
            os.unlink(f"{self.path}-journal")

    async def _execute_fn(self, fn: Connected[T]) -> T:
        self._check_not_closed()

        def read() -> T:
            if self._read_connection is None:
                self._read_connection = self._opened()
            return fn(self._read_connection)

        return await replayed(self._file, read, self.forget_connections)

    async def execute_isolated_fn(self, fn: Connected[T]) -> T:
        """Run a function on a connection of its own."""
        self._check_not_closed()

        def run() -> T:
            connection = self.connect(write=True)
            attach_no_file(connection)
            try:
                return fn(connection)
            finally:
                connection.close()
                with suppress(ValueError):
                    self._all_connections.remove(connection)

        return await self._written(run, fn)

    async def _execute_write_fn(
        self,
        fn: Callable[..., T],
        block: bool = True,
        transaction: bool = True,
        request: Any = None,
    ) -> T | uuid.UUID:
        self._check_not_closed()
        events: list[Any] = []
        wrapped = self._wrap_fn_with_hooks(fn, request, transaction, events.append)

        def write() -> T:
            events.clear()
            connection = self._write_connection or self._opened(write=True)
            self._write_connection = connection
            if transaction:
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    written: T = wrapped(connection)
            else:
                written = _committed(wrapped, connection)
            return written

        result = await self._written(write, fn)
        for event in events:
            await self.ds.track_event(event)
        return result if block else uuid.uuid4()

    async def execute_write_many(
        self, sql: str, params_seq: Any, block: bool = True, request: Any = None
    ) -> Any:
        """As Datasette's, whose parameters may be used up by an attempt that misses a block."""
        return await super().execute_write_many(sql, list(params_seq), block=block, request=request)

    async def _written(self, attempt: Callable[[], T], fn: Callable[..., Any]) -> T:
        """The result of an attempt to write. fn: what is run in it."""

        def write() -> T:
            try:
                return attempt()
            finally:
                self._leave_wal_mode()

        run = replayed_write if _is_repeatable(fn) else written_once
        if run is written_once and os.path.getsize(self.path) > MOST_LOADED_BYTES:
            raise sqlite3.OperationalError(
                f"{self.name} is too large in this browser for what a plugin wants to write: "
                "for that, all of it would have to be in memory"
            )
        try:
            return await run(self._file, write, self.discard_connections)
        finally:
            # A script that fails may have committed something before.
            if self._file.end_write():
                self._saver.wrote(self.path)

    def _opened(self, *, write: bool = False) -> sqlite3.Connection:
        connection: sqlite3.Connection = self.connect(write=write)
        self.ds._prepare_connection(connection, self.name)
        if write:
            attach_no_file(connection)
        # Loads the schema and the statistics, while it is noticed when a block is missing.
        connection.execute("select count(*) from sqlite_master").fetchone()
        return connection

    def _leave_wal_mode(self) -> None:
        """Go back to a rollback journal, where a statement has switched to write-ahead mode.

        There changes are in a second file, which is nowhere but in memory.
        """
        if not os.path.exists(f"{self.path}-wal"):
            return
        self.forget_connections()
        connection = sqlite3.connect(self.path)
        try:
            connection.execute("pragma journal_mode = delete").fetchall()
        finally:
            connection.close()


def _is_repeatable(fn: Callable[..., Any]) -> bool:
    """Whether a function may run twice; a plugin's may use up an iterator, or count."""
    return (getattr(fn, "__module__", None) or "").partition(".")[0] in REPEATABLE


def _committed(fn: Connected[T], connection: sqlite3.Connection) -> T:
    """The result of a function that sees to its transactions itself."""
    try:
        result = fn(connection)
        if connection.in_transaction:
            raise sqlite3.OperationalError(LEFT_OPEN)
        return result
    finally:
        # Datasette's other writes, all on this connection, would fail or become part of it.
        if connection.in_transaction:
            connection.rollback()
