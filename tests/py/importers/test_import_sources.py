"""Several sources into one database, one after another."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from datasette_lite.errors import DataError, DownloadError, Fault, LiteError
from datasette_lite.importers import batches, delimited, pace
from datasette_lite.importers.import_source import Imported, ImportSource, SourceKind
from datasette_lite.importers.import_sources import import_each, import_sources
from tests.py.importers.importing import Importing

CSV = "id,name,note\n1,Ann,hello world\n2,Bob,good bye\n3,Ann,hello again\n"
FAULT = Fault(name="DownloadError", code="download-status", message="It answered 404.", detail="")


def test_one_bad_source_leaves_the_others(importing: Importing) -> None:
    outcomes = importing.run(
        [
            importing.source("a\n1\n", "https://h/one.csv"),
            importing.source("[1]", "https://h/two.json", "json"),
            ImportSource("csv", "https://h/3.csv", "https://h/three.csv", None, fault=FAULT),
            importing.source("<html>", "https://h/four.csv"),
            importing.source('[{"a": 1}]', "https://h/five.json", "json"),
        ]
    )
    codes = [each.code if isinstance(each, LiteError) else "" for each in outcomes]
    assert codes == ["", "no-rows", "download-status", "html-instead-of-data", ""]
    assert list(importing.tables()) == ["one", "five"]
    failed = outcomes[2]
    assert isinstance(failed, DownloadError)
    assert failed.source == "https://h/3.csv"


def test_a_failed_source_leaves_no_half_table(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "a,b\n" + "1,x\n" * 100_000
    importing.load("a\n1\n", "good.csv")
    error = importing.refusal(rows + "2,\xff\n", "bad.csv", encoding="ascii")
    assert error.code == "bad-encoding"
    assert list(importing.tables()) == ["good"]


def test_what_nobody_foresaw_stays_with_its_source(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("datasette_lite.importers.import_sources.import_json", fail)
    bad, good = importing.run(
        [importing.source("[{}]", "x.json", "json"), importing.source("a\n1\n", "y.csv")]
    )
    assert isinstance(bad, LiteError)
    assert (bad.code, "surprise" in bad.message) == ("unexpected", True)
    assert "Traceback" in bad.detail
    assert isinstance(good, Imported)


def test_memory_that_ends_is_told(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("datasette_lite.importers.import_sources.import_delimited", fail)
    assert importing.refusal("a\n1\n").code == "too-large"


def test_names_that_clash_are_numbered_as_before(importing: Importing) -> None:
    sources = [importing.source("a\n1\n", f"https://h/{n}/data.csv") for n in range(3)]
    sources.append(importing.source("a\n1\n", "https://h/DATA.csv"))
    importing.run(sources)
    assert list(importing.tables()) == ["data", "data_1", "data_2", "DATA_3"]


def test_a_bad_source_keeps_its_name_from_the_others(importing: Importing) -> None:
    importing.run(
        [importing.source("<html>", "1/data.csv"), importing.source("a\n1\n", "2/data.csv")]
    )
    assert list(importing.tables()) == ["data_1"]


@pytest.mark.parametrize(
    ("kind", "url", "content"),
    [
        ("csv", "https://h/data.csv", CSV),
        ("json", "https://h/data.json", json.dumps([{"id": 1, "name": "Ann", "note": "hello"}])),
    ],
)
def test_settings_are_followed(importing: Importing, kind: str, url: str, content: str) -> None:
    importing.load(content, url, kind, table="people", pk="id", fts="name,NOTE")  # type: ignore[arg-type]
    assert importing.query("select name from pragma_table_info('people') where pk") == [("id",)]
    found = importing.query("select rowid from people_fts where people_fts match 'hello'")
    assert found[0] == (1,)
    importing.load(content, url, kind, drop="note, ID")  # type: ignore[arg-type]
    assert [name for name, _ in importing.columns()] == ["name"]


def test_a_search_index_follows_edits(importing: Importing) -> None:
    importing.load(CSV, fts="note")
    importing.load("update data set note = 'changed' where id = 1;", "edit.sql", "sql")
    search = "select id from data where rowid in (select rowid from data_fts where note match ?)"
    assert importing.query(search, "changed") == [(1,)]
    assert importing.query(search, "hello") == [(3,)]


def test_a_compound_key(importing: Importing) -> None:
    importing.load(CSV, pk="name,id")
    keys = importing.query("select name from pragma_table_info('data') where pk order by pk")
    assert keys == [("name",), ("id",)]


@pytest.mark.parametrize("name", ["a,b", 'say "a"', " a ", "select", "a.b", "é"])
def test_settings_find_odd_columns(importing: Importing, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    importing.load(f"{quoted},other\n1,x\n", pk=quoted, fts=quoted)
    assert importing.query("select name from pragma_table_info('data') where pk") == [(name,)]


@pytest.mark.parametrize("setting", ["pk", "fts", "drop"])
@pytest.mark.parametrize(
    ("kind", "content"), [("csv", CSV), ("json", '[{"id": 1, "name": 2, "note": 3}]')]
)
def test_a_column_that_is_not_there_is_named(
    importing: Importing, setting: str, kind: str, content: str
) -> None:
    error = importing.refusal(content, "data.csv", kind, **{setting: "id,nmae"})  # type: ignore[arg-type]
    assert error.code == "unknown-column"
    assert f"{setting}= names nmae, and there is no such column" in error.message
    assert "There are id, name, note." in error.message


def test_a_key_that_is_not_unique(importing: Importing) -> None:
    error = importing.refusal(CSV, pk="name")
    assert (error.code, "several rows have the same name" in error.message) == (
        "pk-not-unique",
        True,
    )
    assert importing.refusal("a,b\n1,\n,2\n", pk="a", drop="a").code == "unknown-column"


@pytest.mark.parametrize(
    ("kind", "content", "pk"),
    [
        ("csv", "a,b\n1,x\n,\n,\n", "a"),
        ("csv", "a,b\n1,x\n,\n,\n", "A,b"),
        ("json", '[{"a": 1, "b": "x"}, {"c": 1}, {"c": 2}]', "a"),
        ("json", '[{"a": 1, "b": "x"}, {"c": 1}, {"c": 2}]', "b"),
        ("json", '[{"a": 1, "b": "x"}, {"c": 1}, {"c": 2}]', "A,b"),
    ],
)
def test_no_key_is_made_up(importing: Importing, kind: SourceKind, content: str, pk: str) -> None:
    error = importing.refusal(content, "data", kind, pk=pk)
    assert error.code == "pk-not-unique"
    assert f"its row 2 has nothing in {pk[0].lower()}, so that cannot be" in error.message


def test_an_empty_text_is_a_key_like_others(importing: Importing) -> None:
    importing.run([importing.source("state,q,n\nA,,1\nA,x,2\nB,,3\n", "t.csv", pk="state,q")])
    assert importing.rows("t") == [("A", "", 1), ("A", "x", 2), ("B", "", 3)]


def test_a_script_may_have_keys_made_up(importing: Importing) -> None:
    script = importing.source("create table t (a integer primary key, b);", "t.sql", "sql")
    rows = importing.source('[{"a": null, "b": "x"}]', "t.json", "json", pk="a")
    importing.run([script, rows])
    assert importing.rows("t") == [(1, "x")]


def test_dropping_everything_is_no_table(importing: Importing) -> None:
    assert importing.refusal(CSV, drop="id,name,note").code == "no-rows"


def test_bad_settings_are_told(importing: Importing) -> None:
    assert importing.refusal(CSV, delimiter="ab").code == "bad-option"
    assert importing.refusal(CSV, colour="red").code == "unknown-option"


def test_plain_text_is_no_data(importing: Importing) -> None:
    error = importing.refusal("404: Not Found", "https://h/x", "data")
    assert error.code == "unsupported-format"
    error = importing.refusal("a,b\n1,2\n", "https://h/x.parquet", "parquet")
    assert "it is no parquet file, it looks like plain text, such as CSV" in error.message


def test_other_formats_are_named(importing: Importing) -> None:
    error = importing.refusal(b"%PDF-1.7", "https://h/report.pdf", "csv")
    assert (error.code, "it looks like a PDF document" in error.message) == (
        "unsupported-format",
        True,
    )
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    assert importing.refusal(pointer, "https://h/a.csv").code == "lfs-pointer"


def test_progress_is_told(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "REPORT_AFTER_S", 0)
    source = importing.source("a,b\n" + "1,x\n" * 200_000)
    importing.run([importing.source("a\n1\n", "first.csv"), source])
    steps = [(each.bytes_done, each.rows) for each in importing.progress if each.index == 1]
    assert len(steps) > 2
    assert steps == sorted(steps)
    assert steps[-1] == (importing.progress[-1].bytes_total, 200_000) == (800_004, 200_000)
    assert importing.progress[-1].source is source


def test_progress_may_be_awaited(importing: Importing) -> None:
    told: list[int] = []

    async def on_progress(progress: object) -> None:
        await asyncio.sleep(0)
        told.append(1)

    sources = [importing.source("a\n1\n")]
    asyncio.run(import_sources(str(importing.path), sources, on_progress))
    assert told


def test_others_run_meanwhile(importing: Importing) -> None:
    """No step holds up the worker for long: here natively, where each takes a third as long."""
    waits: list[float] = []

    async def run() -> None:
        source = importing.source("a,b,c\n" + "1,x,2.5\n" * 300_000)
        work = asyncio.create_task(import_sources(str(importing.path), [source], lambda _: None))
        while not work.done():
            started = time.perf_counter()
            await asyncio.sleep(0)
            waits.append(time.perf_counter() - started)

    asyncio.run(run())
    assert len(waits) > 5
    # Storing the sample is the longest step; a slow machine gets room.
    assert max(waits) < 1


def test_a_file_is_done_with_once_its_outcome_is_known(importing: Importing) -> None:
    sources = [importing.source(f"a\n{n}\n", f"{n}.csv") for n in range(2)]
    seen: list[list[str]] = []

    async def run() -> None:
        async for index, _ in import_each(str(importing.path), sources, lambda _: None):
            seen.append(list(importing.tables()))
            assert index == len(seen) - 1

    asyncio.run(run())
    assert seen == [["0"], ["0", "1"]]


def test_cells_are_in_memory_only_for_a_while(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long rows end a batch early."""
    longest = 0
    original = batches.Batch

    def batch(columns: list[str], rows: list[list[str]], position: int, size: int) -> object:
        nonlocal longest
        longest = max(longest, sum(len(cell) for row in rows for cell in row))
        return original(columns, rows, position, size)  # type: ignore[arg-type]

    monkeypatch.setattr(delimited, "Batch", batch)
    cell = "x" * 100_000
    importing.load("a,b\n" + f"1,{cell}\n" * 100)
    assert 0 < longest < 2_000_000


def test_the_fault_of_a_download_is_passed_on(importing: Importing) -> None:
    (outcome,) = importing.run([ImportSource("csv", "x", "x", None)])
    assert isinstance(outcome, LiteError)
    assert not isinstance(outcome, DataError)
