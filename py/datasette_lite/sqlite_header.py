"""Tells a SQLite database from everything else that people link to.

Fields of the header: https://www.sqlite.org/fileformat.html#the_database_header
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from datasette_lite.errors import DataError
from datasette_lite.web_pages import web_page_words

MAGIC = b"SQLite format 3\0"
HEADER_BYTES = 100

#: How much of a file is looked at to tell what it is.
SAMPLE_BYTES = 4096

#: Bits per byte, in a sample, above which it is noise: encrypted. 512 random bytes have about 7.6;
#: programs and pictures have less, or a beginning that names them.
NOISE_BITS = 7.2

#: What else people link to, by how it begins.
BEGINNINGS = (
    (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "a bzip2 file; unpack it first"),
    (b"\xfd7zXZ\0", "an xz file; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file; unpack it first"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"** This file contains an SQLite 2", "a database of SQLite 2"),
)

#: How the names of kinds begin that `?data=` makes tables of, or unpacks.
IMPORTABLE = ("text", "JSON", "a Parquet file", "a gzip file", "a zip archive")

WAL_FORMAT = 2
ROLLBACK_FORMAT = 1


@dataclass(frozen=True)
class SQLiteHeader:
    """What a database file says of itself.

    page_size: bytes; None if it is not one that SQLite knows.
    page_count: pages; None if the writer did not keep it up to date.
    """

    write_format: int
    read_format: int
    page_size: int | None
    page_count: int | None

    @classmethod
    def parse(cls, header: bytes) -> SQLiteHeader:
        """Read the first 100 bytes of a file that begins with the magic string."""
        page_size, write_format, read_format = struct.unpack_from(">HBB", header, 16)
        change_counter, page_count = struct.unpack_from(">II", header, 24)
        (valid_for,) = struct.unpack_from(">I", header, 92)
        page_size = 65536 if page_size == 1 else page_size
        known_size = 512 <= page_size <= 65536 and page_size & (page_size - 1) == 0
        counted = page_count > 0 and change_counter == valid_for
        return cls(
            write_format=write_format,
            read_format=read_format,
            page_size=page_size if known_size else None,
            page_count=page_count if counted else None,
        )


def check_sqlite_file(path: Path, name: str, source: str) -> SQLiteHeader:
    """Read the header of a database file.

    name: what to call the file in messages.
    source: the link that it came by.
    Raises DataError: database-empty, html-instead-of-data, lfs-pointer, not-sqlite,
    database-encrypted, database-truncated.
    """
    size = path.stat().st_size
    # Without a buffer: of a block file, only the first blocks are certainly there.
    with path.open("rb", buffering=0) as file:
        sample = file.read(SAMPLE_BYTES)
    if not sample:
        raise _refusal("database-empty", name, source, "the file is empty", CHECK_ADDRESS)
    if not sample.startswith(MAGIC[: len(sample)]):
        raise _not_sqlite(sample, size, name, source)
    if size < HEADER_BYTES:
        raise _truncated(name, source, size, HEADER_BYTES)
    header = SQLiteHeader.parse(sample)
    if header.page_size is None:
        raise _refusal(
            "not-sqlite", name, source, "its header is damaged", FETCH_AGAIN, detail=repr(header)
        )
    expected = header.page_size * (header.page_count or 1)
    if size < expected:
        raise _truncated(name, source, size, expected)
    return header


def leave_wal_mode(path: Path) -> None:
    """Mark a database in write-ahead mode as one with a rollback journal; leave others alone.

    The former needs memory that connections share, which not every file system here can give.
    Without its `-wal` file, which a download does not bring, the database is what both modes call
    complete.
    """
    with path.open("r+b") as file:
        file.seek(18)
        if WAL_FORMAT in file.read(2):
            file.seek(18)
            file.write(bytes((ROLLBACK_FORMAT, ROLLBACK_FORMAT)))


CHECK_ADDRESS = "Check that the address leads to the database file itself."
AS_TABLES = "Write data= in place of url= in the link to have it read as what it is."
FETCH_AGAIN = "Try again; if that does not help, the file at its host is damaged."


def _not_sqlite(sample: bytes, size: int, name: str, source: str) -> DataError:
    text = sample.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<!--")):
        happened, advice = web_page_words(sample)
        return _refusal(
            "html-instead-of-data", name, source, happened, advice, detail=_beginning(sample)
        )
    if text.startswith(b"version https://git-lfs.github.com/spec/"):
        return _refusal(
            "lfs-pointer",
            name,
            source,
            "it is only a Git LFS pointer; the data itself is stored elsewhere",
            "For a repository on GitHub use the address https://media.githubusercontent.com/"
            "media/<owner>/<repository>/<branch>/<path>.",
            detail=_beginning(sample),
        )
    kind = _kind_of(sample)
    if kind is None and size % 512 == 0 and _bits_per_byte(sample) > NOISE_BITS:
        return _refusal(
            "database-encrypted",
            name,
            source,
            "the file is encrypted, or not a SQLite database at all",
            "Decrypt it with the program that made it and use the decrypted copy.",
            detail=_beginning(sample),
        )
    looks = f", it looks like {kind}" if kind else ""
    return _refusal(
        "not-sqlite",
        name,
        source,
        f"it is not a SQLite database{looks}",
        AS_TABLES if (kind or "").startswith(IMPORTABLE) else CHECK_ADDRESS,
        detail=_beginning(sample),
    )


def _truncated(name: str, source: str, size: int, expected: int) -> DataError:
    happened = f"{expected:,} bytes belong to it, but only {size:,} are here"
    return _refusal("database-truncated", name, source, happened, FETCH_AGAIN)


def _refusal(
    code: str, name: str, source: str, happened: str, advice: str, *, detail: str = ""
) -> DataError:
    message = f"Could not open {name}: {happened}. {advice}"
    return DataError(code, message, detail=detail, source=source)


def _kind_of(sample: bytes) -> str | None:
    for beginning, kind in BEGINNINGS:
        if sample.startswith(beginning):
            return kind
    if sample[8:12] == b"DUCK":
        return "a DuckDB database"
    if _is_text(sample):
        return "JSON" if sample.lstrip()[:1] in (b"{", b"[") else "text, such as CSV"
    return None


def _is_text(sample: bytes) -> bool:
    # Most of it, because the sample may end within a character, and old files are not UTF-8.
    readable = sample.decode("utf-8", errors="ignore").encode("utf-8")
    return b"\0" not in sample and len(readable) > 0.9 * len(sample)


def _bits_per_byte(sample: bytes) -> float:
    total = len(sample)
    counts = Counter(sample).values()
    return -sum(count / total * math.log2(count / total) for count in counts)


def _beginning(sample: bytes) -> str:
    return f"It begins with {sample[:64]!r}"
