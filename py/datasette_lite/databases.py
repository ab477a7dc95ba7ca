"""From a plan's sources to database files that Datasette can open."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from datasette_lite.errors import DataError, DownloadError, revive
from datasette_lite.launch import LoadedSource
from datasette_lite.replay import replayed
from datasette_lite.sqlite_header import WAL_FORMAT, check_sqlite_file, leave_wal_mode
from datasette_lite.storage import PlanStorage, RemoteFile


@dataclass(frozen=True)
class OpenedDatabase:
    """A good database.

    source: what it is a copy of; None for the one that imported tables are in.
    had_wal: it was in write-ahead mode at its host, so changes may be missing.
    """

    name: str
    path: str
    source: LoadedSource | None
    had_wal: bool


async def open_source(
    source: LoadedSource, name: str, storage: PlanStorage | None = None
) -> OpenedDatabase:
    """Check one source and make its file one that SQLite opens here.

    storage: has the file, if it is a block file.

    Raises the DownloadError that it arrived with, or DataError: database-empty,
    html-instead-of-data, lfs-pointer, not-sqlite, database-encrypted, database-truncated.
    """
    if source.path is None:
        raise revive({**(source.fault or {}), "source": source.value})
    path = _plain_path(Path(source.path))
    file_name = source.name
    header = check_sqlite_file(path, file_name, source.value)
    remote = storage.remote(str(path)) if storage else None
    if not remote:
        had_wal = WAL_FORMAT in (header.write_format, header.read_format)
        if had_wal:
            leave_wal_mode(path)
    block_file = storage.file(str(path)) if storage else None

    def read_schema() -> None:
        _read_schema(path, file_name, source.value, immutable=remote is not None)

    if remote:
        await _read_remote(remote, read_schema)
        had_wal = remote.is_write_ahead
    elif block_file:
        block_file.settle()
        await replayed(block_file, read_schema, lambda: None)
    else:
        read_schema()
    return OpenedDatabase(name, str(path), source, had_wal)


async def _read_remote(remote: RemoteFile, read: Callable[[], None]) -> None:
    try:
        await replayed(remote, read, lambda: None)
    except DownloadError as error:
        if error.code != "source-replaced":
            raise
        # What was kept of it is of an earlier file; now there is a later one.
        await replayed(remote, read, lambda: None)


def _plain_path(path: Path) -> Path:
    """The path, or the file's new one where Datasette would misread it.

    Datasette 1.0a41 puts a path into a `file:` URI as it is, where `?`, `#` and `%` mean more.
    """
    plain = re.sub(r"[?#%]", "_", path.name)
    return path if plain == path.name else path.rename(path.with_name(plain))


def _read_schema(path: Path, file_name: str, link: str, *, immutable: bool) -> None:
    address = f"{path.absolute().as_uri()}?{'immutable=1' if immutable else 'mode=ro'}"
    try:
        with closing(sqlite3.connect(address, uri=True)) as db:
            db.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise DataError(
            "not-sqlite",
            f"Could not open {file_name}: SQLite cannot read it ({error}). "
            "Try again; if that does not help, the file at its host is damaged.",
            detail=f"sqlite3.{type(error).__name__}: {error}",
            source=link,
        ) from error
