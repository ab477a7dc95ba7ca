"""Any database as a file, as it is now."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasette.resources import DatabaseResource
from datasette.utils.asgi import NotFound, Response

from datasette_lite.asgi import Header, Send
from datasette_lite.remote_database import RemoteDatabase
from datasette_lite.snapshots import bytes_snapshot, require_no_transaction
from datasette_lite.visit import visit_of

if TYPE_CHECKING:
    from datasette.app import Database, Datasette, Request

DATABASE_TYPE = "application/vnd.sqlite3"


def download_path(datasette: Datasette, database: str) -> str:
    """Where a database can be downloaded."""
    return f"{datasette.urls.database(database)}/-/download-database"


def has_download(database: Database) -> bool:
    """Whether there is something to download.

    `_memory` has no tables and cannot get any; what stays at its host can be downloaded there.
    """
    return bool(database.path or database.memory_name) and not isinstance(database, RemoteDatabase)


async def send_database(datasette: Datasette, request: Request) -> Attachment:
    """The view behind `download_path`."""
    database = await datasette.resolve_database(request)
    await datasette.ensure_permission(
        action="view-database-download",
        resource=DatabaseResource(database.name),
        actor=request.actor,
    )
    if not has_download(database):
        raise NotFound("There is no download of this database")
    copy = await copy_of(datasette, database)
    return Attachment(f"{database.name}.db", DATABASE_TYPE, copy.content, copy.size)


@dataclass(frozen=True)
class DatabaseCopy:
    """A database as a file: its bytes, and how many there are."""

    content: AsyncIterator[bytes]
    size: int


async def copy_of(datasette: Datasette, database: Database) -> DatabaseCopy:
    """A copy of a database of one of ours, taken when its first piece is asked for.

    Raises DataError: database-busy.
    """
    visit = visit_of(datasette)
    assert visit
    if database.is_memory:
        content = await database.execute_fn(_serialized)
        return DatabaseCopy(bytes_snapshot(content), len(content))
    if visit.launch.storage:
        await require_no_transaction(database.path, visit.launch.storage)
    if database.is_mutable:
        # In write-ahead mode, into which someone may have switched it, changes are in a second
        # file; this brings them into the first. Otherwise it does nothing.
        await database.execute_write_fn(_checkpoint, transaction=False)
    size = Path(database.path).stat().st_size
    return DatabaseCopy(visit.launch.snapshot(database.path), size)


class Attachment(Response):  # type: ignore[misc]  # Datasette has no types.
    """A streamed download."""

    def __init__(
        self,
        file_name: str,
        content_type: str,
        content: AsyncIterator[bytes],
        size: int | None = None,
    ) -> None:
        """size: bytes of the content, when they are known."""
        super().__init__(content_type=content_type)
        self._file_name = file_name
        self._content = content
        self._size = size

    async def asgi_send(self, send: Send) -> None:
        """Send the content; it is freed when the reader goes away, too."""
        headers: list[Header] = [
            (b"content-type", self.content_type.encode()),
            (b"content-disposition", _attachment(self._file_name)),
        ]
        if self._size is not None:
            headers.append((b"content-length", str(self._size).encode()))
        headers += [(b"set-cookie", each.encode()) for each in self._set_cookie_headers]
        try:
            # The first piece before anything else: taking the copy may fail, and until then
            # nobody else may write.
            piece: bytes | None = await anext(self._content, b"")
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await anext(self._content, b"")
            await send({"type": "http.response.body", "body": b""})
        finally:
            await close_content(self._content)


def _serialized(connection: sqlite3.Connection) -> bytes:
    (pages,) = connection.execute("pragma page_count").fetchone()
    # SQLite does not serialize a database without pages. An empty file is one.
    return connection.serialize() if pages else b""


def _checkpoint(connection: sqlite3.Connection) -> None:
    connection.execute("pragma wal_checkpoint(truncate)").fetchall()


def _attachment(file_name: str) -> bytes:
    """Content-Disposition for any file name (RFC 6266)."""
    plain = "".join(
        each if each.isascii() and each.isprintable() and each not in '"\\/%' else "_"
        for each in file_name
    )
    header = f'attachment; filename="{plain}"'
    if plain != file_name:
        header += f"; filename*=UTF-8''{quote(file_name, safe='')}"
    return header.encode("ascii")


async def close_content(content: AsyncIterator[Any]) -> None:
    """Free what an iteration that may not have come to its end holds."""
    if aclose := getattr(content, "aclose", None):
        await aclose()
