"""Imports every source of a plan into one database file."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from datasette_lite.attaching import attach_nothing
from datasette_lite.errors import DataError, EngineError, LiteError, revive
from datasette_lite.importers.content import FileContent
from datasette_lite.importers.delimited import import_delimited
from datasette_lite.importers.import_settings import ImportSettings
from datasette_lite.importers.import_source import FoundDatabase, Imported, ImportSource, Progress
from datasette_lite.importers.job import Job
from datasette_lite.importers.json_files import import_json
from datasette_lite.importers.kinds import HEAD_BYTES, detect
from datasette_lite.importers.not_data import no_data
from datasette_lite.importers.pace import Pace, Report
from datasette_lite.importers.parquet_rows import ParquetReader, import_parquet
from datasette_lite.importers.sql_scripts import import_sql
from datasette_lite.importers.table_names import TableNames, plain_name, table_name
from datasette_lite.importers.unpacking import Part, unpack
from datasette_lite.importers.workbooks import import_workbook

OnProgress = Callable[[Progress], Awaitable[None] | None]

#: What became of a source: tables and databases, or why there are none.
Outcome = Imported | LiteError


async def import_sources(
    path: str,
    sources: Sequence[ImportSource],
    on_progress: OnProgress,
    *,
    parquet: ParquetReader | None = None,
) -> list[Outcome]:
    """Import every source; what became of each, in their order. A bad one leaves the others.

    path: the database file, made if it is not there, and used by nobody else meanwhile.
    """
    outcomes: dict[int, Outcome] = {}
    async for index, outcome in import_each(path, sources, on_progress, parquet=parquet):
        outcomes[index] = outcome
    return [outcomes[index] for index in range(len(sources))]


async def import_each(
    path: str,
    sources: Sequence[ImportSource],
    on_progress: OnProgress,
    *,
    parquet: ParquetReader | None = None,
) -> AsyncIterator[tuple[int, Outcome]]:
    """As `import_sources`, one at a time: SQL scripts first, then the others in order.

    Yields a source's place and what became of it. Its file is not needed any more then, unless
    a database was found at that path.
    """
    # A bad source keeps its name from the others: once it is good again, links to them hold.
    names = TableNames()
    tables = [names.take(_wanted_name(source)) for source in sources if not _is_script(source)]
    # Autocommit: the transactions are ours. If the worker dies, everything is imported anew.
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        attach_nothing(db)
        db.execute("pragma journal_mode = memory")
        db.execute("pragma synchronous = off")
        scripts = [index for index, source in enumerate(sources) if _is_script(source)]
        others = [index for index in range(len(sources)) if index not in scripts]
        for index, table in zip([*scripts, *others], [*[""] * len(scripts), *tables], strict=True):
            source = sources[index]
            importer = _Importer(db, f"{path}.{index}", source, table, names, parquet)
            yield index, await importer.outcome(_reporter(index, source, on_progress))


def _is_script(source: ImportSource) -> bool:
    if source.kind != "data" or source.path is None:
        return source.kind == "sql"
    return detect(FileContent(source.path, source.name).head(HEAD_BYTES), source.name) == "sql"


def _wanted_name(source: ImportSource) -> str:
    return source.settings.get("table", "").strip() or table_name(source.url, source.kind)


def _reporter(index: int, source: ImportSource, on_progress: OnProgress) -> Report:
    async def report(done: int, total: int, rows: int) -> None:
        waiting = on_progress(Progress(index, source, done, total, rows))
        if waiting is not None:
            await waiting

    return report


class _Importer:
    """One source on its way into the database."""

    def __init__(
        self,
        db: sqlite3.Connection,
        scratch: str,
        source: ImportSource,
        table: str,
        names: TableNames,
        parquet: ParquetReader | None,
    ) -> None:
        """scratch: what the paths of temporary files begin with.
        table: the name for the table, if there is only one.
        names: for more.
        """
        self._db = db
        self._scratch = scratch
        self._source = source
        self._table = table
        self._names = names
        self._parquet = parquet
        self._imported = Imported(source)

    async def outcome(self, report: Report) -> Outcome:
        """Import it in a transaction of its own, so that a bad one leaves nothing."""
        self._db.execute("begin immediate")
        try:
            await self._import(report)
            self._db.execute("commit")
            return self._imported
        except Exception as error:
            fault = _fault_of(error, self._source)
            fault.source = fault.source or self._source.value
            return fault
        finally:
            if self._db.in_transaction:
                self._db.execute("rollback")
            for ending in (".xlsx", ".parquet"):
                Path(self._scratch + ending).unlink(missing_ok=True)

    async def _import(self, report: Report) -> None:
        source = self._source
        if source.path is None:
            raise revive(source.fault or {})
        settings = ImportSettings.parse(source.settings)
        job = Job(self._db, self._imported, settings, Pace(report), self._scratch)
        with ExitStack() as stack:
            content = FileContent(source.path, source.name)
            unpacked = unpack(content, source.kind, stack)
            for fact in unpacked.facts:
                job.state(fact)
            if unpacked.together:
                self._names.give_back(self._table)
            prefix = f"{settings.table}_" if settings.table else ""
            for part in unpacked.parts:
                table = self._table
                if unpacked.together:
                    table = self._names.take(prefix + plain_name(part.content.name))
                await self._import_part(job, part, table)
        await report(content.total, content.total, self._imported.rows)

    async def _import_part(self, job: Job, part: Part, table: str) -> None:
        content = part.content
        match part.kind:
            case "csv":
                await import_delimited(job, content, table)
            case "json":
                await import_json(job, content, table)
            case "sql":
                await import_sql(job, content)
            case "xlsx":
                await import_workbook(job, content, table, self._names)
            case "parquet":
                await import_parquet(job, content, table, self._parquet)
            case "sqlite":
                number = len(self._imported.databases)
                path = content.as_file(f"{self._scratch}.{number}.db")
                self._imported.databases.append(FoundDatabase(content.name, path))
            case _:
                raise no_data(content, part.kind, self._source.kind)


def _fault_of(error: Exception, source: ImportSource) -> LiteError:
    trace = traceback.format_exc()
    if isinstance(error, LiteError):
        return error
    if isinstance(error, MemoryError) or "disk is full" in str(error):
        return DataError(
            "too-large",
            f"Could not import {source.name}: this browser's memory is too small for it. "
            "Use a smaller extract of the data, or a computer with more memory.",
            detail=trace,
        )
    if isinstance(error, sqlite3.Error):
        return DataError(
            "import-failed",
            f"Could not import {source.name}: SQLite refused it: {error}. "
            "Look into the file, or try it with sqlite-utils on your own computer.",
            detail=trace,
        )
    return EngineError(
        "unexpected",
        f"Could not import {source.name}: {type(error).__name__}: {error}. "
        "Please report this with the details below.",
        detail=trace,
    )
