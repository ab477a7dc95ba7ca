"""Copies of databases hold what was committed, and no half of anything."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from datasette_lite.errors import DataError
from datasette_lite.snapshots import require_no_transaction
from tests.py.memory_storage import MemoryStorage

ROWS = 500


def test_no_copy_is_taken_while_a_transaction_is_open(tmp_path: Path) -> None:
    path = str(tmp_path / "notes.db")
    storage = MemoryStorage()

    async def copied() -> int:
        await require_no_transaction(path, storage)
        pieces = [piece async for piece in storage.snapshot(path)]
        with closing(sqlite3.connect(":memory:")) as copy:
            copy.deserialize(b"".join(pieces))
            assert copy.execute("pragma integrity_check").fetchone() == ("ok",)
            (count,) = copy.execute("select count(*) from notes").fetchone()
            return int(count)

    with closing(sqlite3.connect(path, isolation_level=None)) as plugin:
        plugin.execute("create table notes (title text)")
        asyncio.run(storage.adopt(path))
        # More than it keeps in memory, so some of it is in the file.
        plugin.execute("pragma cache_size = 1")
        plugin.execute("begin")
        plugin.executemany("insert into notes values (?)", [("n" * 1000,)] * ROWS)
        with pytest.raises(DataError, match=r"Could not copy notes\.db") as failed:
            asyncio.run(copied())
        assert failed.value.code == "database-busy"
        plugin.execute("commit")
        assert asyncio.run(copied()) == ROWS
