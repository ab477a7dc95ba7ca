"""A database of Datasette's that stays at its host: only what queries touch is fetched."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from datasette.database import Database, QueryInterrupted, Results

from datasette_lite.byte_budget import OverBudgetError, current_budget
from datasette_lite.errors import DownloadError
from datasette_lite.late_lookup import RowList, row_count
from datasette_lite.replay import replayed
from datasette_lite.scan_progress import progress, scanned_trees
from datasette_lite.schema_copy import schema_copy
from datasette_lite.storage import RemoteFile

if TYPE_CHECKING:
    from datasette.app import Datasette

T = TypeVar("T")
Connected = Callable[[sqlite3.Connection], T]

#: An attempt that misses blocks was in vain. A query gets so many times its time limit in all.
MOST_VAIN_LIMITS = 2

#: How often what no page asked for begins anew because the file was replaced at its host.
MOST_VERSIONS = 3

#: Pages of a row's table on the way to it, at most: deeper ones hold more rows than there are.
MOST_LEVELS = 8

#: Whether the answer to the statement being run can be done without.
_extra: ContextVar[bool] = ContextVar("extra", default=False)

#: Whether functions ask for the schema only.
_describing: ContextVar[bool] = ContextVar("describing", default=False)


class RemoteDatabase(Database):  # type: ignore[misc]  # Datasette has no types.
    """Avoids what reads a whole database: its hash, counts of tables, rows one after another."""

    #: Datasette counts the rows of a page up to here.
    count_limit = 1000

    _read_connection: sqlite3.Connection | None
    _all_connections: list[sqlite3.Connection]

    def __init__(self, datasette: Datasette, path: str, remote: RemoteFile) -> None:
        super().__init__(datasette, path=path, is_mutable=False)
        self.remote = remote
        self._connected_version = ""
        self._row_id_tables: tuple[str, frozenset[str]] = ("", frozenset())

    @property
    def hash(self) -> str:
        """Differs for each version at the host."""
        return hashlib.sha256(self.version.encode()).hexdigest()

    @property
    def version(self) -> str:
        """Differs for each version at the host."""
        return self.remote.version

    @property
    def size(self) -> int:
        return self.remote.size

    async def table_counts(self, limit: int = 10) -> dict[str, None]:
        """No count of any table: each would read an index from end to end."""
        return dict.fromkeys(await self.table_names())

    async def execute(
        self,
        sql: str,
        params: Any = None,
        truncate: bool = False,
        custom_time_limit: int | None = None,
        page_size: int | None = None,
        log_sql_errors: bool = True,
    ) -> Results:
        """As Datasette's, with statements that mean the same and fetch less."""

        async def run(sql: str, params: Any, extra: bool) -> Results:
            with _being(_extra, extra), _being(_describing, False):
                try:
                    return await super(RemoteDatabase, self).execute(
                        sql,
                        params,
                        truncate=truncate,
                        custom_time_limit=custom_time_limit,
                        page_size=page_size,
                        log_sql_errors=log_sql_errors,
                    )
                except OverBudgetError as error:
                    error.needed = self._needed(sql, params, error.spent)
                    raise

        if counted := row_count(sql):
            return await run(counted[0], params, counted[1] == self.count_limit + 1)
        if custom_time_limit and custom_time_limit < self.ds.sql_time_limit_ms:
            return await run(sql, params, True)
        rows = RowList.parse(sql)
        version = self.version
        if rows and rows.table_name.lower() in await self._tables_with_row_ids():
            # The upper pages of the table's tree come while ids are looked up in an index's.
            top = self._fetch_rows(rows, [0], levels=1)
            ids, _ = await asyncio.gather(self._ids(rows, params), top)
            if ids is not None:
                await self._fetch_rows(rows, ids)
                found = await run(rows.rows(ids), {}, False)
                # What no page asked for goes on with a later version: the ids are of another.
                if self.version == version:
                    return found
        return await run(sql, params, False)

    def _needed(self, sql: str, params: Any, spent: int) -> int | None:
        """About how much a statement fetches that reads something from end to end."""
        with suppress(sqlite3.Error, OSError):
            connection = self._opened()
            (page_bytes,) = connection.execute("pragma page_size").fetchone()
            trees = scanned_trees(connection, sql, params)
            self.forget_connections()
            with open(self.path, "rb", buffering=0) as file:

                def read(number: int) -> bytes | None:
                    try:
                        return os.pread(file.fileno(), page_bytes, (number - 1) * page_bytes)
                    except BlockingIOError:
                        return None

                here = sum(progress(read, root) for root in trees)
            return round(spent * len(trees) / here) if here else None
        return None

    async def _ids(self, rows: RowList, params: Any) -> list[int] | None:
        """Those of the rows to list, in order; None where the statement is to run as it is."""
        try:
            # SQLite reads the matching rows to sort them: better all at the same time.
            if matches := rows.matches():
                found = await super().execute(matches, params, log_sql_errors=False)
                await self._fetch_rows(rows, [row[0] for row in found.rows])
            found = await super().execute(rows.ids(), params, log_sql_errors=False)
        except sqlite3.Error:
            return None
        ids = [row[0] for row in found.rows]
        return ids if all(type(each) is int for each in ids) else None

    async def _fetch_rows(
        self, rows: RowList, ids: Sequence[int], levels: int = MOST_LEVELS
    ) -> None:
        """Fetch all blocks of these rows, level by level of their table's tree."""
        file = self.remote
        hold = file.hold()
        try:
            for _ in range(levels):
                file.forget_misses()
                with suppress(sqlite3.Error):
                    connection: sqlite3.Connection = self.connect()
                    for each in ids:
                        with suppress(sqlite3.Error):
                            connection.execute(rows.row(), (each,)).fetchone()
                self.forget_connections()
                if not file.has_misses:
                    return
                self._spend(await file.fault(0), rows.row())
        finally:
            file.release(hold)

    async def _tables_with_row_ids(self) -> frozenset[str]:
        version, tables = self._row_id_tables
        if version != self.version:
            version = self.version
            with describing():
                tables = await self.execute_fn(_tables_with_row_ids)
            self._row_id_tables = (version, tables)
        return tables

    async def _execute_fn(self, fn: Connected[T]) -> T:
        self._check_not_closed()

        def read() -> T:
            if self._read_connection is None:
                self._read_connection = self._opened()
            copy = schema_copy(self._read_connection) if _describing.get() else None
            if not copy:
                return fn(self._read_connection)
            with closing(copy):
                return fn(copy)

        return await self._replayed(read)

    async def execute_isolated_fn(self, fn: Connected[T]) -> T:
        """Run a function on a connection of its own."""
        self._check_not_closed()

        def run() -> T:
            connection = self.connect()
            try:
                return fn(connection)
            finally:
                connection.close()
                with suppress(ValueError):
                    self._all_connections.remove(connection)

        return await self._replayed(run)

    async def _replayed(self, attempt: Callable[[], T]) -> T:
        vain_s = 0.0
        self._require_one_version()

        def after_fault(fetched: int, seconds: float, attempt_s: float) -> None:
            nonlocal vain_s
            vain_s += attempt_s
            if vain_s > MOST_VAIN_LIMITS * self.ds.sql_time_limit_ms / 1000:
                raise _interrupted()
            self._spend(fetched, seconds=seconds + attempt_s)

        for left in reversed(range(MOST_VERSIONS)):
            try:
                result = await replayed(self.remote, attempt, self.forget_connections, after_fault)
                if not self.remote.is_proven:
                    await self.remote.prove()
                break
            except DownloadError as error:
                # No page has shown anything of the one before.
                if current_budget() or error.code != "source-replaced" or not left:
                    raise
                self._require_one_version()
        self._require_one_version()
        return result

    def _require_one_version(self) -> None:
        """A page is of one version of the file; one that began with another is given up."""
        version = self.version
        if version != self._connected_version:
            # What connections keep in memory is of the version before.
            self.forget_connections()
            self._connected_version = version
        budget = current_budget()
        if budget and budget.versions.setdefault(self.path, version) != version:
            raise source_replaced(self.name)

    def _spend(self, fetched: int, sql: str = "", *, seconds: float = 0) -> None:
        budget = current_budget()
        if not budget:
            return
        if _extra.get() and not budget.spend_extra(fetched, seconds):
            raise _interrupted()
        budget.spend(fetched)

    def forget_connections(self) -> None:
        """Close all connections; the next use opens new ones."""
        self._read_connection = None
        connections, self._all_connections = self._all_connections, []
        for connection in connections:
            with suppress(sqlite3.Error):
                connection.close()

    def _opened(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self.connect()
        self.ds._prepare_connection(connection, self.name)
        # Loads the schema and the statistics, while it is noticed when a block is missing.
        connection.execute("select count(*) from sqlite_master").fetchone()
        return connection


@contextmanager
def describing() -> Iterator[None]:
    """Functions that are run within ask for schemas only, never for rows."""
    with _being(_describing, True):
        yield


@contextmanager
def _being(variable: ContextVar[bool], value: bool) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def _tables_with_row_ids(connection: sqlite3.Connection) -> frozenset[str]:
    listed = connection.execute(
        "select lower(name) from pragma_table_list where schema = 'main'"
        " and type = 'table' and not wr and not exists"
        " (select 1 from pragma_table_xinfo(pragma_table_list.name) as c"
        " where lower(c.name) = '_rowid_')"
    )
    return frozenset(row[0] for row in listed)


def source_replaced(name: str) -> DownloadError:
    """What a page gets that began with another version of the file."""
    return DownloadError(
        "source-replaced",
        f"Could not finish this page of {name}: the database was replaced at its host just now. "
        "Reload to see the new one.",
    )


def _interrupted() -> QueryInterrupted:
    """What Datasette makes of a query that takes too long, which its pages cope with."""
    return QueryInterrupted(sqlite3.OperationalError("interrupted"), "", {})
