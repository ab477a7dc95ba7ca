"""What a file is, by its content."""

from __future__ import annotations

import gzip
import io
import json
import random
import sqlite3
import zipfile
from contextlib import closing

import pytest

from datasette_lite.importers.import_source import SOURCE_KINDS, SourceKind
from datasette_lite.importers.kinds import HEAD_BYTES, Kind, detect, kind_for, unreadable_name

NOISE = random.Random(1)

OPEN_DOCUMENT = b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.text"


def archive(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


def database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("create table t (a)")
        return db.serialize()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (database(), "sqlite"),
        (gzip.compress(b"a,b\n"), "gzip"),
        (archive(**{"a.csv": "a,b\n"}), "zip"),
        (b"PK\x05\x06" + bytes(18), "zip"),
        (
            archive(**{"[Content_Types].xml": "", "docProps__app.xml": "", "xl__workbook.xml": ""}),
            "xlsx",
        ),
        (archive(**{"[Content_Types].xml": "", "word__document.xml": ""}), "unsupported"),
        (b"PAR1" + bytes(100) + b"PAR1", "parquet"),
        (b"a,b\n1,2\n", "csv"),
        (b"one line of anything", "csv"),
        ("名前,数\n".encode() * 2000, "csv"),
        ("naïve;café\n".encode("cp1252"), "csv"),
        ("a,b\n1,2\n".encode("utf-16"), "csv"),
        ("a,b\n1,2\n".encode("utf-16-le"), "csv"),
        ("имя;число\nИван;1\n".encode("utf-16-be"), "csv"),
        (b'[{"a": 1}]', "json"),
        (b'\xef\xbb\xbf\n [ {"a": 1}]', "json"),
        ('{"a": [1]}'.encode("utf-16"), "json"),
        (b"{}", "json"),
        (b"[1, 2]", "json"),
        (b"[null]", "json"),
        (b"[]", "json"),
        (b"[id],[name]\n1,a\n", "csv"),
        (b"[null hypothesis],x\n", "csv"),
        (b"{curly},b\n", "csv"),
        (b"create table t (a);", "sql"),
        (b"-- made by hand\n/* and\nmore */\nCREATE  TABLE\n t (a);", "sql"),
        (b"BEGIN TRANSACTION;\n", "sql"),
        (b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n", "sql"),
        (b"insert or replace into t values (1)", "sql"),
        (b"create,update,delete\n1,2,3\n", "csv"),
        (b"update,set\n", "csv"),
        (b"-- 5,x\n", "csv"),
        (b"ORCID,name\n0000-0002,Anna\n", "csv"),
        (b"ORCID\r1\r", "csv"),
        (b"RDX,FEA1\n1,2\n", "csv"),
        (b"PAR1,PAR2\n1,2\n", "csv"),
        (b"city,of,DUCK\n", "csv"),
        (b"<TICKER>,<PER>,<DATE>\nAAPL,D,20240229\n", "csv"),
        (b"<DATE>\t<OPEN>\n", "csv"),
        (b"<!DOCTYPE html><html>", "html"),
        (b"\n\n <HTML lang='en'>", "html"),
        (b"<!-- login --><html>", "html"),
        (b'<?xml version="1.0"?>\n<html xmlns="...">', "html"),
        (b'<?xml version="1.0"?><kml/>', "unsupported"),
        (b"<rss></rss>", "unsupported"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "lfs-pointer",
        ),
        (b"%PDF-1.7\n", "unsupported"),
        (b"\x89PNG\r\n\x1a\n", "unsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "unsupported"),
        (b"ARROW1\0\0", "unsupported"),
        (b"ORC\n\x03\0", "unsupported"),
        (b"RDX3\nX\n\0\0\0\3", "unsupported"),
        (bytes(8) + b"DUCK\n", "unsupported"),
        (NOISE.randbytes(5000), "unsupported"),
        (bytes(4096), "unsupported"),
    ],
)  # fmt: skip
def test_content_decides(content: bytes, kind: Kind) -> None:
    assert detect(content[:HEAD_BYTES], "whatever") == kind


@pytest.mark.parametrize(
    "name", ["data.csv", "data.db", "data.json", "data.sql", "data", "data.xlsx"]
)
def test_names_do_not_deceive(name: str) -> None:
    assert detect(database(), name) == "sqlite"
    assert detect(gzip.compress(b"a"), name) == "gzip"
    assert detect(b'[{"a": 1}]', name) == "json"
    assert detect(b"<html>", name) == "html"


def test_a_name_decides_what_content_leaves_open() -> None:
    assert detect(b"create table t (a);", "data.csv") == "csv"
    assert detect(b"select 1", "script.sql") == "sql"
    assert detect(b"5", "data.json") == "json"
    assert detect(b"a,b\n", "data.db") == "csv"


@pytest.mark.parametrize("asked", SOURCE_KINDS)
@pytest.mark.parametrize("content", [gzip.compress(b"a"), b"PAR1", b"<html>", database(), b""])
def test_what_is_certain_holds_whoever_asks(asked: SourceKind, content: bytes) -> None:
    assert kind_for(asked, content, "data") == detect(content, "data")


@pytest.mark.parametrize(
    ("asked", "content", "kind"),
    [
        ("csv", b"create table t (a);", "csv"),
        ("csv", b'[{"a": 1}]', "json"),
        ("tsv", b"a,b", "csv"),
        ("json", b"a,b", "json"),
        ("sql", b"select 1", "sql"),
        ("sql", b"{}", "sql"),
        ("parquet", b"a,b\n", "unsupported"),
        ("xlsx", json.dumps([{}]).encode(), "unsupported"),
        ("data", b"create table t (a);", "sql"),
        ("data", b"Not found", "csv"),
    ],
)
def test_who_asks_decides_among_texts(asked: SourceKind, content: bytes, kind: Kind) -> None:
    assert kind_for(asked, content, "data") == kind


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file; save it as .xlsx or CSV"),
        (b"%PDF", "a PDF document"),
        (b"<rss>", "an XML file"),
        (bytes(8) + b"DUCK", "a DuckDB database; save its tables as Parquet or CSV"),
        (OPEN_DOCUMENT, "an OpenDocument file; save it as .xlsx or CSV"),
        (archive(**{"a.csv": "a"}), None),
        (NOISE.randbytes(100), None),
    ],
)
def test_what_cannot_be_read_has_a_name(content: bytes, name: str | None) -> None:
    assert unreadable_name(content) == name
