"""All databases of a plan in one download: a file when there is one, otherwise a zip archive."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from datasette.resources import DatabaseResource
from datasette.utils.asgi import Forbidden

from datasette_lite.plugin.download import (
    DATABASE_TYPE,
    Attachment,
    close_content,
    copy_of,
    has_download,
)

if TYPE_CHECKING:
    from datasette.app import Database, Datasette, Request

PATH = "/-/lite/download-everything"

ARCHIVE_NAME = "databases.zip"

#: The fastest: it halves most databases already, and the interpreter has one thread.
COMPRESS_LEVEL = 1


async def databases_to_download(
    datasette: Datasette, actor: dict[str, Any] | None
) -> list[Database]:
    """Every database with something in it that the actor may download, in Datasette's order."""
    return [
        database
        for name, database in datasette.databases.items()
        if has_download(database)
        and await datasette.allowed(
            action="view-database-download", resource=DatabaseResource(name), actor=actor
        )
    ]


async def send_everything(datasette: Datasette, request: Request) -> Attachment:
    """The view behind PATH."""
    databases = await databases_to_download(datasette, request.actor)
    if not databases:
        raise Forbidden("There is no database here to download")
    if len(databases) == 1:
        copy = await copy_of(datasette, databases[0])
        return Attachment(f"{databases[0].name}.db", DATABASE_TYPE, copy.content, copy.size)
    return Attachment(ARCHIVE_NAME, "application/zip", _zipped(datasette, databases))


async def _zipped(datasette: Datasette, databases: list[Database]) -> AsyncIterator[bytes]:
    """The bytes of a zip archive; each database is copied when its turn comes."""
    written = _Written()
    with ZipFile(written, "w") as archive:
        for database, file_name in zip(databases, _file_names(databases), strict=True):
            copy = await copy_of(datasette, database)
            try:
                with archive.open(_member(file_name, copy.size), "w") as member:
                    async for piece in copy.content:
                        member.write(piece)
                        if ready := written.take():
                            yield ready
            finally:
                await close_content(copy.content)
    yield written.take()


def _member(file_name: str, size: int) -> ZipInfo:
    info = ZipInfo(file_name, time.localtime()[:6])
    info.compress_type = ZIP_DEFLATED
    info.file_size = size  # decides whether the member needs the form for more than 4 GiB
    if sys.version_info >= (3, 13):
        info.compress_level = COMPRESS_LEVEL
    return info


def _file_names(databases: list[Database]) -> list[str]:
    """A name for each that makes no folder when it is unpacked; names that clash are numbered."""
    names: list[str] = []
    for database in databases:
        plain = "".join("_" if each in '/\\:*?"<>|' else each for each in database.name)
        name, number = plain, 2
        while f"{name}.db".casefold() in map(str.casefold, names):
            name, number = f"{plain}_{number}", number + 1
        names.append(f"{name}.db")
    return names


class _Written(io.RawIOBase):
    """What was written to it since it was last asked; it cannot be sought in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
