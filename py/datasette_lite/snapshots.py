"""Copies of a database as it is at one moment, handed out slowly.

While a download runs, other requests are answered between two pieces of it, and may write. So
the copy is taken whole before the first piece leaves. That it is consistent follows from there
being one thread: a write of Datasette's begins and commits without giving way.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from tempfile import TemporaryFile

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


async def bytes_snapshot(content: bytes) -> AsyncIterator[bytes]:
    """Bytes, in pieces."""
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]
