"""Copies of a database as it is at one moment, handed out slowly.

While a download runs, other requests are answered between two pieces of it, and may write. So
the copy is taken whole before the first piece leaves. That it is consistent follows from there
being one thread, as a write of Datasette's begins and commits without giving way; and from no
copy being taken while a plugin's own connection has a transaction open.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from tempfile import TemporaryFile

from datasette_lite.errors import DataError
from datasette_lite.storage import PlanStorage
from datasette_lite.stray_writes import can_be_stored

#: Gives a file's bytes as they were at the first step of the iteration, which copies the file
#: before it waits for anything.
Snapshot = Callable[[str], AsyncIterator[bytes]]

#: Bytes of a copy handed out at a time.
PIECE_BYTES = 256 * 1024


async def file_snapshot(path: str) -> AsyncIterator[bytes]:
    """The bytes of a file, from a copy in a temporary one."""
    with TemporaryFile() as copy:
        with open(path, "rb") as file:
            shutil.copyfileobj(file, copy)
        copy.seek(0)
        while piece := copy.read(PIECE_BYTES):
            yield piece


async def require_no_transaction(path: str, storage: PlanStorage) -> None:
    """Raise DataError, database-busy, while a plugin has a transaction open in a database."""
    file = storage.file(path)
    if file and not await can_be_stored(path, file):
        name = Path(path).name
        raise DataError(
            "database-busy",
            f"Could not copy {name}: a plugin has a transaction open in it. Try again.",
        )


async def bytes_snapshot(content: bytes) -> AsyncIterator[bytes]:
    """Bytes, in pieces."""
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]
