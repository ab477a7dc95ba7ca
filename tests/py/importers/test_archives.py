"""Files in gzip and zip."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from datasette_lite.importers import content, unpacking
from tests.py.importers.importing import Importing

CSV = b"a,b\n1,x\n2,y\n"


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return packed.getvalue()


def database(folder: Path) -> bytes:
    with closing(sqlite3.connect(folder / "made.db")) as db, db:
        db.execute("create table t (a)")
    return (folder / "made.db").read_bytes()


@pytest.mark.parametrize("kind", ["csv", "data", "json", "tsv"])
def test_gzip_is_unpacked(importing: Importing, kind: str) -> None:
    content = CSV if kind != "json" else b'[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]'
    done = importing.load(gzip.compress(content), f"https://h/a.b.{kind}.gz", kind)  # type: ignore[arg-type]
    assert importing.rows("a.b" if kind != "data" else "a.b.data") == [(1, "x"), (2, "y")]
    assert "Unpacked from gzip" in done.facts


def test_gzip_without_its_ending(importing: Importing) -> None:
    importing.load(gzip.compress(CSV), "https://h/data.csv")
    assert importing.rows() == [(1, "x"), (2, "y")]


def test_a_zip_of_one_file_is_named_after_the_zip(importing: Importing) -> None:
    done = importing.load(archive({"folder/inner.csv": CSV}), "https://h/outer.csv.zip")
    assert importing.rows("outer") == [(1, "x"), (2, "y")]
    assert "Unpacked from zip" in done.facts


def test_how_a_zip_in_a_gzip_was_packed_is_told(importing: Importing) -> None:
    done = importing.load(gzip.compress(archive({"inner.csv": CSV})), "https://h/outer.zip.gz")
    assert importing.rows("outer") == [(1, "x"), (2, "y")]
    assert "Unpacked from zip in gzip" in done.facts


def test_what_a_mac_adds_is_no_file(importing: Importing) -> None:
    files = {"data.csv": CSV, "__MACOSX/._data.csv": b"\0\5", ".DS_Store": b"\0", "folder/": b""}
    importing.load(archive(files), "https://h/outer.zip")
    assert list(importing.tables()) == ["outer"]


def test_a_zip_of_several_files_makes_several_tables(importing: Importing) -> None:
    files = {
        "README.txt": b"About these files.\nThey are free.\n",
        "LICENSE": b"MIT",
        "stops.txt": b"stop_id,stop_name\n1,Main Street\n2,Station\n",
        "b.c.csv": CSV,
        "folder/b.c.tsv": b"q\tr\n5\t6\n",
        "more.json.gz": gzip.compress(b'[{"n": 1}]'),
        "picture.png": b"\x89PNG\r\n\x1a\n",
    }
    done = importing.load(archive(files), "https://h/feed.zip", "data")
    assert [table.name for table in done.tables] == ["stops", "b.c", "b.c_1", "more"]
    assert importing.rows("b.c_1") == [(5, 6)]
    assert "Left out of the archive: README.txt, LICENSE, picture.png" in done.facts


def test_a_file_in_an_archive_may_have_its_name(importing: Importing) -> None:
    zipped = importing.source(
        archive({"people.csv": CSV, "notes.csv": CSV}), "https://h/people.zip"
    )
    importing.run([zipped, importing.source(CSV, "people.csv")])
    assert list(importing.tables()) == ["people", "notes", "people_1"]


def test_several_files_share_the_name_asked_for(importing: Importing) -> None:
    done = importing.load(archive({"a.csv": CSV, "b.csv": CSV}), "x.zip", table="feed")
    assert [table.name for table in done.tables] == ["feed_a", "feed_b"]


def test_a_bad_file_in_an_archive_leaves_nothing(importing: Importing) -> None:
    error = importing.refusal(archive({"a.csv": CSV, "b.json": b"{"}), "x.zip", "data")
    assert (error.code, "b.json" in error.message) == ("bad-json", True)


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: archive({"inner.db": content})])
def test_a_packed_database_is_found(importing: Importing, tmp_path: Path, pack: object) -> None:
    content = database(tmp_path)
    done = importing.load(pack(content), "https://h/some.db.gz", "data")  # type: ignore[operator]
    (found,) = done.databases
    assert Path(found.path).read_bytes() == content
    assert found.name.startswith("some.db")
    assert done.tables == []


def test_a_plain_database_is_found_where_it_is(importing: Importing, tmp_path: Path) -> None:
    source = importing.source(database(tmp_path), "https://h/x.csv", "csv")
    (done,) = importing.run([source])
    assert done.databases[0].path == source.path  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (gzip.compress(CSV * 1000)[:-20], "ends too early"),
        (gzip.compress(CSV)[:-6] + b"\1\1\1\1\1\1", "is damaged"),
        (archive({"a.csv": CSV})[:-30], "is damaged"),
        (archive({}), "the archive is empty"),
        (archive({"a.png": b"\x89PNG\r\n", "b.pdf": b"%PDF"}), "it holds a.png, b.pdf"),
        (gzip.compress(gzip.compress(gzip.compress(CSV))), "several times over"),
    ],
)
def test_bad_archives_are_told(importing: Importing, content: bytes, part: str) -> None:
    error = importing.refusal(content, "https://h/data.csv.gz")
    assert (error.code, part in error.message) == ("bad-archive", True), error.message


def test_an_encrypted_archive_is_told(importing: Importing) -> None:
    content = bytearray(archive({"a.csv": CSV}, zipfile.ZIP_STORED))
    content[6] |= 1  # the flag, in the file's header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    error = importing.refusal(bytes(content), "https://h/data.zip")
    assert (error.code, "it is encrypted" in error.message) == ("bad-archive", True)


def test_an_unknown_way_of_packing_is_told(importing: Importing) -> None:
    content = bytearray(archive({"a.csv": CSV}, zipfile.ZIP_STORED))
    content[8] = 99
    content[content.index(b"PK\x01\x02") + 10] = 99
    error = importing.refusal(bytes(content), "https://h/data.zip")
    assert (error.code, "cannot be read here" in error.message) == ("bad-archive", True)


def test_what_unpacks_to_too_much_is_told(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_UNPACKED_BYTES", 1000)
    error = importing.refusal(archive({"a.csv": CSV * 1000}), "https://h/data.zip")
    assert error.code == "too-large"


def test_a_database_that_unpacks_into_more_than_a_browser_holds(
    importing: Importing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MOST_UNPACKED_BYTES", 1000)
    error = importing.refusal(gzip.compress(database(tmp_path)), "https://h/a.db.gz", "data")
    assert error.code == "too-large"
    assert not list(importing.folder.glob("data.db.*"))


def test_temporary_files_do_not_stay(importing: Importing) -> None:
    importing.load(archive({"a.csv": CSV}), "https://h/data.zip")
    assert {each.name for each in importing.folder.iterdir()} == {"data.db", "download-1"}
