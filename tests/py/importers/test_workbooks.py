"""Excel workbooks."""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from datasette_lite.importers import table_load
from tests.py.importers.importing import Importing
from tests.workbooks import Sheets, workbook

ROWS: list[list[Any]] = [["id", "name"], [1, "café"], [2, None]]


@pytest.mark.parametrize("kind", ["xlsx", "data", "csv"])
def test_a_sheet_is_a_table(importing: Importing, kind: Any) -> None:
    importing.load(workbook({"Sheet1": ROWS}), "https://h/report.xlsx", kind)
    assert importing.columns("report") == [("id", "INTEGER"), ("name", "TEXT")]
    assert importing.rows("report") == [(1, "café"), (2, None)]


def test_several_sheets_are_tables_of_their_names(importing: Importing) -> None:
    sheets: Sheets = {"One": ROWS, "Nothing": [], "Two things": ROWS, "Blank": [[None], [None]]}
    done = importing.load(workbook(sheets), "https://h/report.xlsx", "xlsx")
    assert [table.name for table in done.tables] == ["One", "Two things"]
    assert "Left out, being empty: Nothing, Blank" in done.facts
    done = importing.load(workbook(sheets), "https://h/report.xlsx", "xlsx", table="r")
    assert [table.name for table in done.tables] == ["r_One", "r_Two things"]


@pytest.mark.parametrize("kind", ["xlsx", "data"])
def test_the_line_of_the_header_can_be_told(importing: Importing, kind: Any) -> None:
    rows: list[list[Any]] = [["Report of 2024"], [], ["id", "name"], [1, "café"]]
    sheets: Sheets = {"One": rows, "Short": [["note"]]}
    done = importing.load(workbook(sheets), "https://h/report.xlsx", kind, header="3")
    assert importing.rows("report") == [(1, "café")]
    assert importing.columns("report") == [("id", "INTEGER"), ("name", "TEXT")]
    assert "Left out, being empty from line 3 on: Short" in done.facts
    error = importing.refusal(workbook({"S": rows}), "https://h/a.xlsx", kind, header="5")
    assert (error.code, "empty from line 5 on" in error.message) == ("no-rows", True)


def test_there_may_be_no_header(importing: Importing) -> None:
    importing.load(workbook({"S": [[1, "x"], [2, "y", 3]]}), "data.xlsx", "xlsx", header="0")
    assert importing.rows() == [(1, "x", None), (2, "y", 3)]
    assert [name for name, _ in importing.columns()] == ["untitled_1", "untitled_2", "untitled_3"]


def test_a_sheet_may_have_the_name_of_its_file(importing: Importing) -> None:
    importing.load(workbook({"people": ROWS, "notes": ROWS}), "https://h/people.xlsx", "xlsx")
    assert list(importing.tables()) == ["people", "notes"]


def test_values_keep_their_types(importing: Importing) -> None:
    values = [
        (1, "INTEGER", 1),
        (1.5, "REAL", 1.5),
        ("007", "TEXT", "007"),
        (True, "INTEGER", 1),
        (date(2024, 2, 29), "TEXT", "2024-02-29"),
        (datetime(2024, 2, 29, 13, 45), "TEXT", "2024-02-29T13:45:00"),
        (time(13, 45), "TEXT", "13:45:00"),
        (timedelta(days=1, hours=2), "TEXT", "1 day, 2:00:00"),
    ]
    rows: list[list[Any]] = [[f"c{n}" for n in range(len(values))], [each[0] for each in values]]
    importing.load(workbook({"S": rows}), "data.xlsx", "xlsx")
    assert [declared for _, declared in importing.columns()] == [each[1] for each in values]
    assert importing.rows() == [tuple(each[2] for each in values)]


def test_empty_edges_are_left_out(importing: Importing) -> None:
    rows: list[list[Any]] = [
        [],
        [],
        [None, "a", "b"],
        [],
        [None, 1, 2, None],
        [None, 3, 4, None, "note"],
    ]
    importing.load(workbook({"S": rows}), "data.xlsx", "xlsx")
    assert [name for name, _ in importing.columns()] == ["a", "b", "untitled_3"]
    assert importing.rows() == [(1, 2, None), (3, 4, "note")]


def test_names_of_columns_may_be_anything(importing: Importing) -> None:
    rows: list[list[Any]] = [["a", "a", 2024, None, date(2024, 1, 1)], [1, 2, 3, 4, 5]]
    importing.load(workbook({"S": rows}), "data.xlsx", "xlsx")
    names = [name for name, _ in importing.columns()]
    assert names == ["a", "a_2", "2024", "2024-01-01", "untitled_5"]
    assert importing.rows() == [(1, 2, 3, 5, 4)]


def test_a_late_value_changes_the_type(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_load, "SAMPLE_ROWS", 1000)
    rows: list[list[Any]] = [["a"], *[[n] for n in range(3000)], [0.5], ["x"]]
    importing.load(workbook({"S": rows}), "data.xlsx", "xlsx")
    assert importing.columns() == [("a", "TEXT")]
    assert importing.rows()[0] == ("0",)


def test_settings_hold_for_every_sheet(importing: Importing) -> None:
    importing.load(workbook({"S": ROWS}), "data.xlsx", "xlsx", pk="id", drop="name")
    assert importing.columns() == [("id", "INTEGER")]


def test_a_packed_workbook_is_read(importing: Importing) -> None:
    importing.load(gzip.compress(workbook({"S": ROWS})), "data.xlsx.gz", "xlsx")
    assert importing.rows() == [(1, "café"), (2, None)]
    assert {each.name for each in importing.folder.iterdir()} == {"data.db", "download-1"}


def test_a_workbook_without_anything(importing: Importing) -> None:
    error = importing.refusal(workbook({"S": []}), "data.xlsx", "xlsx")
    assert (error.code, "sheets are empty" in error.message) == ("no-rows", True)


@pytest.mark.parametrize("part", [20, 150])
def test_a_damaged_workbook(importing: Importing, part: int) -> None:
    damaged = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook({"S": ROWS}))) as good,
        zipfile.ZipFile(damaged, "w") as bad,
    ):
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content[: len(content) - part] if "sheet1" in name else content)
    assert importing.refusal(damaged.getvalue(), "data.xlsx", "xlsx").code == "bad-xlsx"


def test_without_the_reader_it_says_so(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    error = importing.refusal(workbook({"S": ROWS}), "data.xlsx", "xlsx")
    assert (error.code, "openpyxl" in error.message) == ("runtime-missing", True)
