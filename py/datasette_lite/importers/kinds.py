"""What a file is, by its content: extensions and options are often wrong.

A `?csv=` may be gzip, a `.db` CSV, and everything a login page.
"""

from __future__ import annotations

import re
from typing import Literal

from datasette_lite.importers.import_source import SourceKind
from datasette_lite.importers.text_guess import CONTROLS, guess_text
from datasette_lite.sqlite_header import BEGINNINGS, MAGIC

Kind = Literal[
    "empty",
    "sqlite",
    "gzip",
    "zip",
    "xlsx",
    "parquet",
    "json",
    "sql",
    "csv",
    "html",
    "lfs-pointer",
    "unsupported",
]

#: How much of a file `detect` wants to see. A comment at the top of a SQL script may be long.
HEAD_BYTES = 16 * 1024

TEXT_KINDS = ("json", "sql", "csv")

#: Names of delimited text end so.
TABLE_ENDINGS = (".csv", ".tsv", ".tab", ".psv")

#: Formats that cannot be read here, by how they begin, and what to call them.
UNREADABLE = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file; save it as .xlsx or CSV"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it first"),
    (b"ARROW1", "an Arrow file; save it as Parquet or CSV"),
    (b"FEA1", "a Feather file; save it as Parquet or CSV"),
    (b"Obj\x01", "an Avro file; save it as Parquet or CSV"),
    (b"ORC", "an ORC file; save it as Parquet or CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file; save it as Parquet or CSV"),
    (b"\x93NUMPY", "a NumPy file; save it as CSV"),
    (b"$FL2", "an SPSS file; save it as CSV"),
    (b"<stata_dta>", "a Stata file; save it as CSV"),
    (b"RDX", "an R data file; save it as CSV"),
    (b"GIF8", "a picture"),
    (b"PGDMP", "a PostgreSQL archive; dump it as plain SQL"),
    *BEGINNINGS,
)

#: What else comes in a zip archive with this entry near its beginning.
ZIPPED = (
    (
        b"mimetypeapplication/vnd.oasis.opendocument",
        "an OpenDocument file; save it as .xlsx or CSV",
    ),
    (b"word/", "a Word document"),
    (b"ppt/", "a PowerPoint presentation"),
    (b"AndroidManifest.xml", "a program"),
)

HTML = re.compile(r"<!doctype\s+html|<(html|head|body|title|script|meta)\b|<!--", re.IGNORECASE)
#: `<TICKER>,<DATE>`, as exchanges and trading programs write the names of columns.
BRACKETED = re.compile(r"<[^<>\n]*>[,;\t|]")
JSON = re.compile(r"\{\s*[\"}]|\[\s*(?:[\[{\"\]\d-]|(?:true|false|null)\s*[,\]])|\{\s*\Z|\[\s*\Z")
SQL_COMMENTS = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)
SQL = re.compile(
    r"(?:create\s+(?:temp\w*\s+)?(?:unique\s+)?(?:virtual\s+)?(?:table|view|index|trigger)"
    r"|insert\s+(?:or\s+\w+\s+)?into|replace\s+into|begin(?:\s+\w+)?\s*;|begin\s+transaction"
    r"|pragma\s+\w+|drop\s+(?:table|view|index|trigger)|alter\s+table|delete\s+from"
    r"|update\s+\S+\s+set|with\s+(?:recursive\s+)?\S+\s+as\s*\(|attach\s+|savepoint\s)",
    re.IGNORECASE,
)


def detect(head: bytes, name: str = "") -> Kind:
    """What the file that begins so is. Text that is nothing else is CSV.

    head: its first HEAD_BYTES, or all of it.
    name: its file name, which decides only where content does not.
    """
    if not head.strip(b"\0"):
        return "empty" if not head else "unsupported"
    if head.startswith(MAGIC):
        return "sqlite"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(head)
    if head.startswith(b"PAR1") and not _is_plain(head):
        return "parquet"
    text = None if _binary_name(head) else guess_text(head)
    return "unsupported" if text is None else _text_kind(text, name.lower())


def kind_for(asked: SourceKind, head: bytes, name: str) -> Kind:
    """How to import a file: its content decides, and where that is plain text, who asked.

    An error message in plain text is no CSV just because it is nothing else, so text is taken
    for CSV only where CSV, or anything, was asked for.
    """
    found = detect(head, name)
    if found not in TEXT_KINDS or asked == "data":
        return found
    if asked in ("csv", "tsv"):
        return "json" if found == "json" else "csv"
    if asked in ("json", "sql"):
        return "json" if asked == "json" else "sql"
    return "unsupported"


def unreadable_name(head: bytes) -> str | None:
    """What to call a file that cannot be imported; None when nothing is known of it."""
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return "an XML file"
    return _binary_name(head)


def _binary_name(head: bytes) -> str | None:
    if head.startswith(b"PK"):
        return next((called for entry, called in ZIPPED if entry in head), None)
    for beginning, called in UNREADABLE:
        # Letters alone may as well begin a table: `ORCID,name`.
        if head.startswith(beginning) and not (beginning.isalnum() and _is_plain(head)):
            return called
    if head[8:12] == b"DUCK" and not _is_plain(head):
        return "a DuckDB database; save its tables as Parquet or CSV"
    if head[257:262] == b"ustar":
        return "a tar archive; unpack it first"
    return None


def _is_plain(head: bytes) -> bool:
    """Whether it is at least a line of text, without a single control character."""
    has_line = b"\n" in head or b"\r" in head
    return has_line and len(head.translate(None, CONTROLS)) == len(head)


def _zip_kind(head: bytes) -> Kind:
    if _binary_name(head):
        return "unsupported"
    is_sheet = b"xl/" in head or (b"[Content_Types].xml" in head and b"docProps/" in head)
    return "xlsx" if is_sheet else "zip"


def _text_kind(text: str, name: str) -> Kind:
    start = text.lstrip("\ufeff \t\r\n\f")
    if not start:
        return "empty"
    if HTML.match(start) or (start.startswith("<?xml") and "<html" in start.lower()):
        return "html"
    if start.startswith("<") and not BRACKETED.match(start):
        return "unsupported"
    if start.startswith("version https://git-lfs.github.com/spec/"):
        return "lfs-pointer"
    if JSON.match(start) or name.endswith((".json", ".geojson", ".ndjson", ".jsonl")):
        return "json"
    if name.endswith(TABLE_ENDINGS):
        return "csv"
    comments = SQL_COMMENTS.match(start)
    statement = start[comments.end() :] if comments else start
    if name.endswith(".sql") or SQL.match(statement):
        return "sql"
    return "csv"
