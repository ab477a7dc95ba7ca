"""Good and bad files, and the faults that say so."""

from __future__ import annotations

import json
import random
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from datasette_lite.databases import open_source
from datasette_lite.errors import (
    ERRORS,
    FAULT_CODES,
    DataError,
    DownloadError,
    EngineError,
    LiteError,
    faults_of,
    revive,
)
from datasette_lite.importers.import_source import Progress
from datasette_lite.launch import Launch, LoadedSource
from datasette_lite.plan_data import load_plan_data
from tests.py.conftest import Run

REPOSITORY = Path(__file__).resolve().parents[2]
NOISE = random.Random(1)


def database(path: Path, *, rows: int = 3, wal: bool = False, page_size: int = 4096) -> Path:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"pragma page_size = {page_size}")
        if wal:
            db.execute("pragma journal_mode = wal")
        db.execute("create table t (id integer primary key, name text)")
        db.executemany("insert into t (name) values (?)", [(f"row {n}",) for n in range(rows)])
    return path


def source(path: Path | None, link: str = "https://data.example/data.db") -> LoadedSource:
    return LoadedSource("url", link, link, str(path) if path else None)


def edited(path: Path, offset: int, content: bytes) -> Path:
    file = bytearray(path.read_bytes())
    file[offset : offset + len(content)] = content
    path.write_bytes(file)
    return path


def refusal(run: Run, path: Path, link: str = "https://data.example/data.db") -> DataError:
    with pytest.raises(DataError) as caught:
        run(open_source(source(path, link), "data"))
    error = caught.value
    assert error.source == link
    assert FAULT_CODES[error.code] == "DataError"
    # What was tried: what happened. What to do.
    assert re.fullmatch(r"Could not open \S+: .+\. .+\.", error.message), error.message
    return error


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_a_good_database_opens(run: Run, tmp_path: Path, page_size: int) -> None:
    opened = run(open_source(source(database(tmp_path / "a.db", page_size=page_size)), "data"))
    assert (opened.name, opened.had_wal) == ("data", False)


def test_a_database_of_an_old_writer_opens_without_a_page_count(run: Run, tmp_path: Path) -> None:
    path = edited(database(tmp_path / "a.db"), 28, b"\xff\xff\xff\xff")
    assert run(open_source(source(edited(path, 92, b"\0\0\0\0")), "data"))


def test_a_wal_file_opens_and_is_noticed(run: Run, tmp_path: Path) -> None:
    path = database(tmp_path / "a.db", wal=True)
    assert path.read_bytes()[18:20] == b"\2\2"
    opened = run(open_source(source(path), "data"))
    assert opened.had_wal
    assert path.read_bytes()[18:20] == b"\1\1"
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select count(*) from t").fetchone() == (3,)
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)


def test_an_empty_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert refusal(run, tmp_path / "a").code == "database-empty"


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html>",
        b"\n\n  <!doctype HTML>\n",
        b"\xef\xbb\xbf<html lang='en'>",
        b"<!-- login --><html>",
    ],
)
def test_a_web_page(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert refusal(run, tmp_path / "a").code == "html-instead-of-data"


def test_a_git_lfs_pointer(run: Run, tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    (tmp_path / "a").write_text(pointer)
    error = refusal(run, tmp_path / "a")
    assert error.code == "lfs-pointer"
    assert "media.githubusercontent.com" in error.message


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"id,name\n1,caf\xc3\xa9\n", "text, such as CSV. Write data="),
        (("名前," * 2000).encode()[:4096], "text, such as CSV"),
        (b'{"a": 1}', "JSON"),
        (b'[{"a": 1}]', "JSON"),
        (b"\x1f\x8b\x08" + NOISE.randbytes(5000), "a gzip file. Write data="),
        (b"PK\x03\x04" + NOISE.randbytes(508), "a zip archive. Write data="),
        (b"PAR1" + bytes(100), "a Parquet file"),
        (bytes(8) + b"DUCK" + bytes(4084), "a DuckDB database"),
        (b"SQLite", "text, such as CSV"),
        (bytes(4096), None),
        (NOISE.randbytes(5000), None),
    ],
)
def test_something_else(run: Run, tmp_path: Path, content: bytes, kind: str | None) -> None:
    (tmp_path / "a").write_bytes(content)
    error = refusal(run, tmp_path / "a")
    assert error.code in ("not-sqlite", "database-truncated")
    if kind and error.code == "not-sqlite":
        assert f"it looks like {kind}" in error.message


@pytest.mark.parametrize("size", [1024, 4096, 65536])
def test_an_encrypted_database(run: Run, tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_bytes(NOISE.randbytes(size))
    assert refusal(run, tmp_path / "a").code == "database-encrypted"


@pytest.mark.parametrize("size", [20, 99, 100, 2000, 8191])
def test_a_truncated_database(run: Run, tmp_path: Path, size: int) -> None:
    whole = database(tmp_path / "whole.db").read_bytes()
    assert len(whole) == 8192
    (tmp_path / "a").write_bytes(whole[:size])
    error = refusal(run, tmp_path / "a")
    assert error.code == "database-truncated"
    assert f"only {size:,} are here" in error.message


@pytest.mark.parametrize(
    ("offset", "content"),
    [
        (16, b"\x03\xe8"),  # a page size of 1,000
        (19, b"\x07"),  # a format newer than any SQLite
        (44, b"\0\0\0\x63"),  # a schema format newer than any SQLite
        (100, b"\x42" * 100),  # a first page that is none
    ],
)
def test_a_damaged_database(run: Run, tmp_path: Path, offset: int, content: bytes) -> None:
    path = edited(database(tmp_path / "a.db"), offset, content)
    assert refusal(run, path).code == "not-sqlite"


@pytest.mark.parametrize("name", ["50%.db", "a?b.db", "a#b.db", "a%20b.db"])
def test_paths_that_datasette_would_misread_are_changed(
    run: Run, tmp_path: Path, name: str
) -> None:
    opened = run(open_source(source(database(tmp_path / name)), "data"))
    assert not set(opened.path) & set("?#%")
    assert Path(opened.path).exists()


def test_a_failed_download_keeps_its_fault(run: Run) -> None:
    fault = {"name": "DownloadError", "code": "download-status", "message": "404", "detail": "d"}
    link = "https://data.example/a.db"
    with pytest.raises(DownloadError) as caught:
        run(open_source(LoadedSource("url", link, link, None, fault=fault), "a"))  # type: ignore[arg-type]
    assert caught.value.fault() == {**fault, "source": link}


def test_one_bad_source_leaves_the_others(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("no")
    good = [database(tmp_path / name) for name in ("1", "2")]
    sources = [
        source(good[0], "https://h/data.db"),
        source(tmp_path / "bad", "https://h/data.db"),
        source(good[1], "https://other/data.db"),
    ]
    data = run(load_plan_data(sources, str(tmp_path), lambda progress: None))
    # The bad one's name waits for it, so that links hold once it is mended.
    assert [each.name for each in data.databases] == ["data", "data_3"]
    assert [fault.code for fault in data.faults] == ["not-sqlite"]


def test_names_of_databases_and_files_are_no_addresses(run: Run, tmp_path: Path) -> None:
    (tmp_path / "csv").write_text("a\n1\n")
    named = {"name": "Sales 2023/24"}
    digest = "0" * 64

    def kept(name: str, path: Path) -> LoadedSource:
        return LoadedSource("file", f"{name}@{digest}", "", str(path))

    sources = [
        replace(source(database(tmp_path / "1")), settings=named),
        kept("report #3.csv", tmp_path / "csv"),
        kept("me@home 100%25?.db", database(tmp_path / "2")),
        replace(kept("x.db", database(tmp_path / "3")), settings={"name": "C# db"}),
    ]
    data = run(load_plan_data(sources, str(tmp_path / "in"), lambda progress: None))
    assert not data.faults
    names = sorted(each.name for each in data.databases)
    assert names == ["C# db", "Sales 2023/24", "data", "me@home 100%25?"]
    assert [table.name for table in data.imports[0].tables] == ["report #3"]


@pytest.mark.parametrize("text", ["allow: root", '{"a": ' * 5000, "a: &a [*a]"])
def test_a_bad_configuration_leaves_the_data(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    link = "https://h/config.yaml"
    sources = [
        source(database(tmp_path / "1")),
        LoadedSource("config", link, link, str(tmp_path / "config")),
    ]
    data = run(load_plan_data(sources, str(tmp_path), lambda progress: None))
    assert [each.name for each in data.databases] == ["data"]
    assert [fault.code for fault in data.faults] == ["bad-config"]
    assert data.configuration.config == {}


def test_each_file_leaves_memory_before_the_next_is_imported(run: Run, tmp_path: Path) -> None:
    contents = {"one.csv": "a\n1\n", "bad.csv": "", "two.csv": "a\n2\n"}
    sources = []
    for name, content in contents.items():
        path = tmp_path / name
        path.write_text(content)
        url = f"https://h/{name}"
        sources.append(LoadedSource("csv", url, url, str(path)))
    left: dict[str, int] = {}

    def note(progress: Progress) -> None:
        here = [each for each in sources if each.path and Path(each.path).exists()]
        left[progress.source.name] = len(here)

    data = run(load_plan_data(sources, str(tmp_path / "data"), note))
    assert [fault.code for fault in data.faults] == ["data-empty"]
    assert left == {"one.csv": 3, "two.csv": 1}
    assert not any((tmp_path / name).exists() for name in contents)


def test_codes_are_the_same_in_javascript() -> None:
    script = (REPOSITORY / "loader/shared/faults.js").read_text()
    table = script.partition("const CASES =")[2].partition("\n});")[0]
    found = re.findall(r"^  '?([a-z-]+)'?: \{\s*name: '(\w+)'", table, re.MULTILINE)
    assert dict(found) == FAULT_CODES


def test_every_fault_comes_back_from_javascript() -> None:
    for code, name in FAULT_CODES.items():
        error = ERRORS[name](code, "message", detail="detail", source="source")
        assert type(revive(error.fault())) is ERRORS[name]
        assert revive(error.fault()).fault() == error.fault()
    assert isinstance(revive({"name": "Newer", "code": "x"}), EngineError)


def test_what_keeps_an_application_from_starting_becomes_faults() -> None:
    known = DataError("not-sqlite", "a")
    group = ExceptionGroup("all", [known, DownloadError("download-status", "b")])
    assert [fault["code"] for fault in faults_of(group)] == ["not-sqlite", "download-status"]
    (fault,) = faults_of(KeyError("x"), "Traceback")
    assert (fault["name"], fault["code"], fault["detail"]) == (
        "EngineError",
        "app-failed",
        "Traceback",
    )
    assert faults_of(MemoryError())[0]["code"] == "too-large"


def test_the_tree_of_errors_is_flat() -> None:
    assert set(ERRORS.values()) == set(LiteError.__subclasses__())


def test_a_launch_comes_from_json() -> None:
    source = {"option": "url", "value": "a.db", "url": "https://h/a.db", "path": "/data/0/a.db"}
    given = {
        "options": [["url", "a.db"], ["memory", "1"]],
        "base_url": "/app/url=a.db/",
        "site_url": "https://h/",
        "secret": "s",
        "release": {"version": "0.1.0"},
        "plugins": [{"name": "a", "version": "1", "sha256": "0", "origin": "", "wanted_by": ["a"]}],
        "sources": [{**source, "size": 3, "fetched": None, "fault": None}],
    }
    launch = Launch.from_json(json.loads(json.dumps(given)), snapshot=bytes_of)
    assert launch.options == [("url", "a.db"), ("memory", "1")]
    assert launch.sources[0].path == "/data/0/a.db"
    assert launch.plugins[0].wanted_by == ["a"]
    assert launch.snapshot is bytes_of


async def bytes_of(path: str) -> AsyncIterator[bytes]:
    yield path.encode()
