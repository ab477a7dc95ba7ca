"""Databases for the tests, made by Python's own sqlite3 in a temporary folder."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

# Characters that have bitten prefixes, routes and encodings before.
ODD_NAMES = (
    "with space",
    "a/b",
    "50%",
    "til~de",
    "dot.ted",
    "br]ack[et",
    "grin \U0001f600",
    "hy-phen",
    "app",
    "q?u&e=r+y#h",
    "Straße",
)


def fixtures_database(path: Path) -> Path:
    """Datasette's own fixture tables."""
    from datasette.fixtures import write_fixture_database

    write_fixture_database(str(path))
    return path


def notes_database(path: Path, *notes: str) -> Path:
    """One table `notes(id, title, kind)` with a row per given title; kinds alternate."""
    rows = [(title, "odd" if index % 2 else "even") for index, title in enumerate(notes)]
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, kind TEXT)")
        db.executemany("INSERT INTO notes (title, kind) VALUES (?, ?)", rows)
    return path


def wal_database(path: Path) -> Path:
    """A fully checkpointed database whose header still says WAL mode."""
    notes_database(path, "written ahead")
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("INSERT INTO notes (title, kind) VALUES ('second', 'odd')")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.read_bytes()[18:20] == b"\x02\x02"
    return path


def encrypted_bytes(size: int = 16 * 4096) -> bytes:
    """What an encrypted database looks like from outside: noise in whole pages."""
    return random.Random(2).randbytes(size)


def blob_database(path: Path) -> tuple[Path, dict[int, bytes]]:
    """A table `files(id, name, content)` of BLOBs; also what each holds."""
    noise = random.Random(7)
    contents = {
        1: b"",
        2: bytes(range(256)),
        3: b"\x89PNG\r\n\x1a\n" + noise.randbytes(500),
        4: noise.randbytes(3_000_000),
    }
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT, content BLOB)")
        for key, content in contents.items():
            db.execute("INSERT INTO files VALUES (?, ?, ?)", (key, f"file {key}", content))
    return path, contents


def big_database(path: Path, row_count: int = 200_000) -> Path:
    """A table `big(id, name, score)` of many short rows."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, score REAL)")
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO big SELECT i, 'row, \"' || i || '\"', i / 7.0 FROM n",
            (row_count,),
        )
    return path


def odd_names_database(path: Path) -> Path:
    """A table per odd name, each with an oddly named column and keys."""
    with closing(sqlite3.connect(path)) as db, db:
        for name in ODD_NAMES:
            quoted = '"' + name.replace('"', '""') + '"'
            db.execute(f"CREATE TABLE {quoted} (id TEXT PRIMARY KEY, {quoted} TEXT)")
            db.executemany(
                f"INSERT INTO {quoted} VALUES (?, ?)",
                [(key, f"value of {key}") for key in ODD_NAMES],
            )
    return path
