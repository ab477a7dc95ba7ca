"""What Datasette Lite made of files, for comparison: the tables of its `data.db`, made natively.

Its imports were calls of sqlite-utils, and of a Parquet reader into a list of dictionaries. The
same calls are made here, on the same bytes.
"""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet
import sqlite_utils
from sqlite_utils.utils import Format, TypeTracker, rows_from_file


@dataclass(frozen=True)
class Source:
    """One source of a link, in its order.

    url: as it was fetched, after the rewriting of pages of GitHub and Gist.
    """

    kind: str
    url: str
    content: bytes


Table = tuple[list[str], list[tuple[Any, ...]]]


def lite_tables(sources: Iterable[Source]) -> dict[str, Table]:
    """Columns and rows of every table, by name, as Datasette Lite imported them."""
    sources = list(sources)
    connection = sqlite3.connect(":memory:")
    db = sqlite_utils.Database(connection)
    for source in sources:
        if source.kind == "sql":
            connection.executescript(source.content.decode())
    names: set[str] = set()
    for kind in ("csv", "json", "parquet"):
        for source in sources:
            if source.kind == kind:
                _insert(db, kind, _name(source.url, names), source.content)
    tables = {}
    for name in db.table_names():
        cursor = connection.execute(f'select * from "{name}"')
        tables[name] = ([column[0] for column in cursor.description], cursor.fetchall())
    connection.close()
    return tables


def _insert(db: sqlite_utils.Database, kind: str, name: str, content: bytes) -> None:
    table = db.table(name)
    if kind == "csv":
        tracker = TypeTracker()
        rows, _ = rows_from_file(io.BytesIO(content), Format.CSV)
        table.insert_all(tracker.wrap(rows), alter=True)
        table.transform(types=tracker.types)
    elif kind == "json":
        records, key = _records(content)
        table.insert_all(records, pk=key, alter=True)
    else:
        table.insert_all(pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist(), alter=True)


def _records(content: bytes) -> tuple[list[dict[str, Any]], str | None]:
    try:
        document = json.loads(content)
    except ValueError:
        return [json.loads(line) for line in content.splitlines()], None
    if isinstance(document, list):
        return document, None
    if all(isinstance(value, dict) for value in document.values()):
        return [{**value, "_key": key} for key, value in document.items()], "_key"
    lists = [value for value in document.values() if isinstance(value, list)]
    return max(lists, key=len), None


def _name(url: str, taken: set[str]) -> str:
    plain = url.split("/")[-1].split(".")[0].split("?")[0].strip() or "table"
    name, number = plain, 0
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    taken.add(name)
    return name
