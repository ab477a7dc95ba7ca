"""Imports a file of a few bytes and shows what came of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from datasette_lite.errors import FAULT_CODES, LiteError
from datasette_lite.importers.import_source import Imported, ImportSource, Progress, SourceKind
from datasette_lite.importers.import_sources import Outcome, import_sources
from datasette_lite.importers.parquet_rows import ParquetReader

Rows = list[tuple[Any, ...]]


class Importing:
    """A database in the making, and the files that go into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "data.db"
        self.progress: list[Progress] = []
        self._count = 0

    def source(
        self, content: bytes | str, url: str = "data.csv", kind: SourceKind = "csv", **settings: str
    ) -> ImportSource:
        """A downloaded file."""
        self._count += 1
        path = self.folder / f"download-{self._count}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return ImportSource(kind, url, url, str(path), settings)

    def run(
        self, sources: Sequence[ImportSource], parquet: ParquetReader | None = None
    ) -> list[Outcome]:
        """Import files."""
        return asyncio.run(
            import_sources(str(self.path), sources, self.progress.append, parquet=parquet)
        )

    def load(
        self, content: bytes | str, url: str = "data.csv", kind: SourceKind = "csv", **settings: str
    ) -> Imported:
        """Import one file that is good."""
        (outcome,) = self.run([self.source(content, url, kind, **settings)])
        assert isinstance(outcome, Imported), outcome
        return outcome

    def refusal(
        self, content: bytes | str, url: str = "data.csv", kind: SourceKind = "csv", **settings: str
    ) -> LiteError:
        """Import one file that is bad; nothing of it may stay."""
        before = self.tables()
        (outcome,) = self.run([self.source(content, url, kind, **settings)])
        assert isinstance(outcome, LiteError), outcome
        assert outcome.source == url
        assert FAULT_CODES[outcome.code] == type(outcome).__name__
        assert outcome.message.startswith("Could not ")
        assert self.tables() == before
        return outcome

    def tables(self) -> dict[str, list[tuple[str, str]]]:
        """Every table with its columns and their types."""
        if not self.path.exists():
            return {}
        names = self.query("select name from sqlite_master where type = 'table' order by rowid")
        return {name: self.columns(name) for (name,) in names}

    def columns(self, table: str = "data") -> list[tuple[str, str]]:
        """Names and types."""
        return self.query("select name, type from pragma_table_info(?)", table)

    def rows(self, table: str = "data") -> Rows:
        """All rows."""
        return self.query(f'select * from "{table}" order by rowid')

    def query(self, sql: str, *parameters: object) -> Rows:
        """Ask the database as it is on disk."""
        with closing(sqlite3.connect(self.path)) as db:
            return db.execute(sql, parameters).fetchall()


@pytest.fixture
def importing(tmp_path: Path) -> Importing:
    """An empty database."""
    return Importing(tmp_path)
