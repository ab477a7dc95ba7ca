"""What connections write that are none of Datasette's, such as a plugin's own to the same file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from urllib.parse import quote

from datasette_lite.replay import replayed_write
from datasette_lite.storage import BlockFile

#: The last byte of SQLite's extended codes says the kind of error.
KIND = 0xFF


async def can_be_stored(path: str, file: BlockFile) -> bool:
    """Whether a file is as a transaction left it, rather than one that is still open.

    A transaction that its connection gave up in the middle is rolled back here, and what is in
    write-ahead mode brought into the file. Raises OSError when blocks cannot be fetched.
    """

    def settle() -> bool:
        try:
            uri = f"file:{quote(path)}?mode=rw"
            with closing(sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)) as db:
                # Nobody else may write now; a journal that was left behind is rolled back by this.
                db.execute("begin immediate")
                db.execute("rollback")
                return not is_ahead(path) or _catch_up(db)
        except sqlite3.OperationalError as error:
            return not _is_locked(error)
        except sqlite3.DatabaseError:
            # No database at all: there is nothing to wait for.
            return True

    try:
        return await replayed_write(file, settle, lambda: None)
    finally:
        file.end_write()


def is_ahead(path: str) -> bool:
    """Whether a database has changes in a second file."""
    return os.path.exists(f"{path}-wal")


def _catch_up(db: sqlite3.Connection) -> bool:
    (busy, _, _) = db.execute("pragma wal_checkpoint(truncate)").fetchone()
    with suppress(sqlite3.OperationalError):
        # Possible only while nobody else has it open.
        db.execute("pragma journal_mode = delete")
    return not busy


def _is_locked(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & KIND in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
