"""JSON as found in the wild."""

from __future__ import annotations

import json
from typing import Any

import pytest

from datasette_lite.importers import json_text, table_load
from tests.py.importers.importing import Importing, Rows

SHAPES: list[tuple[str, Any, list[str], Rows]] = [
    ("list", [{"id": 1, "name": "a"}, {"id": 2}], ["id", "name"], [(1, "a"), (2, None)]),
    ("object with a list", {"n": 2, "rows": [{"id": 1}, {"id": 2}]}, ["id"], [(1,), (2,)]),
    ("longest list wins", {"a": [{"x": 1}], "b": [{"y": 1}, {"y": 2}]}, ["y"], [(1,), (2,)]),
    ("first of two as long", {"a": [{"x": 1}], "b": [{"y": 1}]}, ["x"], [(1,)]),
    ("a longer list of numbers", {"a": [1, 2, 3], "b": [{"y": 1}]}, ["y"], [(1,)]),
    ("an empty list beside", {"a": [], "b": [{"y": 1}]}, ["y"], [(1,)]),
    ("objects beside a list", {"meta": {"x": 1}, "b": [{"y": 1}]}, ["y"], [(1,)]),
    (
        "object of objects", {"x": {"n": 1}, "y": {"m": 2}}, ["_key", "n", "m"],
        [("x", 1, None), ("y", None, 2)],
    ),
    ("its own key gives way", {"x": {"n": 1, "_key": 5}}, ["_key", "n"], [("x", 1)]),
    ("one object", {"id": 1, "name": "a"}, ["id", "name"], [(1, "a")]),
    ("one object with numbers", {"id": 1, "n": [1, 2]}, ["id", "n"], [(1, "[1, 2]")]),
    (
        "list of lists", [["id", "name"], [1, "a"], [2, "b", 3]], ["id", "name", "untitled_3"],
        [(1, "a", None), (2, "b", 3)],
    ),
    ("lists without names", [[1, "a"], [2]], ["untitled_1", "untitled_2"], [(1, "a"), (2, None)]),
    ("nested values", [{"a": {"b": [1, "é"]}, "c": []}], ["a", "c"], [('{"b": [1, "é"]}', "[]")]),
    (
        "truth and nothing", [{"a": True, "b": None}, {"a": False}], ["a", "b"],
        [(1, None), (0, None)],
    ),
    ("late columns", [{"a": 1}, {"b": 2, "a": 3}], ["a", "b"], [(1, None), (3, 2)]),
    ("names that differ in case", [{"a": 1, "A": 2}], ["a", "A_2"], [(1, 2)]),
    ("an empty name", [{"": 1}], ["untitled_1"], [(1,)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "names", "rows"), [each[1:] for each in SHAPES], ids=[each[0] for each in SHAPES]
)
@pytest.mark.parametrize("indent", [None, 2])
def test_rows_are_found(
    importing: Importing, document: Any, names: list[str], rows: Rows, indent: int | None
) -> None:
    importing.load(json.dumps(document, indent=indent), "data.json", "json")
    assert [name for name, _ in importing.columns()] == names
    assert importing.rows() == rows


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 1, "name": "a"}\n{"id": 2, "name": "b"}\n',
        '{"id": 1, "name": "a"}\r\n\r\n{"id": 2, "name": "b"}',
        '{"id": 1,\n "name": "a"} {"id": 2, "name": "b"}',
        '\ufeff{"id": 1, "name": "a"}\n{"id": 2, "name": "b"}',
    ],
)
def test_objects_one_after_another_are_rows(importing: Importing, text: str) -> None:
    done = importing.load(text, "data.json", "json")
    assert importing.rows() == [(1, "a"), (2, "b")]
    assert "Objects one after another (newline-delimited JSON)" in done.facts


def test_an_object_of_objects_has_a_key(importing: Importing) -> None:
    importing.load('{"x": {"n": 1}, "y": {"n": 2}}', "data.json", "json")
    assert importing.query("select name from pragma_table_info('data') where pk") == [("_key",)]
    importing.load('{"x": {"n": 1}, "y": {"n": 2}}', "more.json", "json", pk="n")
    assert importing.query("select name from pragma_table_info('more') where pk") == [("n",)]


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("[]", "no-rows", "it is an empty list"),
        ("{}", "no-rows", "it is an empty object"),
        ("[1, 2]", "no-rows", "it is a list of single values"),
        ('["a"]', "no-rows", "it is a list of single values"),
        ("[null]", "no-rows", "it is a list of single values"),
        ("5", "no-rows", "it is a single number"),
        ('"text"', "no-rows", "it is a single text"),
        ("null", "no-rows", "it is a single null"),
        ("true", "no-rows", "it is a single truth value"),
        ('[{"a": 1}, 2]', "no-rows", "item 2 of its list is a single value"),
        ('[{"a": 1}, [2]]', "no-rows", "item 2 of its list is a list"),
        ("[{}]", "no-rows", "columns of a table"),
        ('[{"a": 1},\n {"a": }]', "bad-json", "at line 2, column 8: Expecting value"),
        ('[{"a": 1},\n {"a": 2', "bad-json", "line 2"),
        ('[{"a": 1} {"a": 2}]', "bad-json", "“,” or “]” expected"),
        ('[{"a": 1}] x', "bad-json", "there is more after the list"),
        ('{"a": 1} x', "bad-json", "there is more after the object"),
        ("{'a': 1}", "bad-json", "a name in double quotes expected"),
        ("Not found", "bad-json", "line 1, column 1"),
        ("a,b\n1,2\n", "bad-json", "line 1, column 1"),
        ("", "data-empty", "the file is empty"),
        ("<!doctype html><p>Log in", "html-instead-of-data", "web page"),
    ],
)
def test_what_is_no_table_is_told(importing: Importing, text: str, code: str, part: str) -> None:
    error = importing.refusal(text, "https://h/data.json", "json")
    assert (error.code, part in error.message) == (code, True), error.message
    assert error.message.startswith("Could not import data.json: ")


@pytest.mark.parametrize(
    ("values", "declared", "stored"),
    [
        ([1, None, 3], "INTEGER", [1, None, 3]),
        ([1, 2.5], "REAL", [1.0, 2.5]),
        ([True, 2], "INTEGER", [1, 2]),
        ([1, "x"], "TEXT", ["1", "x"]),
        (["007"], "TEXT", ["007"]),
        ([None], "TEXT", [None]),
        ([2**63 - 1, 1], "INTEGER", [2**63 - 1, 1]),
        ([2**63, 1], "TEXT", [str(2**63), "1"]),
        ([2**53 + 1, 0.5], "TEXT", [str(2**53 + 1), "0.5"]),
        ([1, [2]], "TEXT", ["1", "[2]"]),
        (["", "x"], "TEXT", ["", "x"]),
        (["half of a pair: \ud83d"], "TEXT", ["half of a pair: ?"]),
    ],
)
def test_types_fit_every_value(
    importing: Importing, values: list[Any], declared: str, stored: list[Any]
) -> None:
    importing.load(json.dumps([{"a": value} for value in values]), "data.json", "json")
    assert importing.columns() == [("a", declared)]
    found = [row[0] for row in importing.rows()]
    assert found == stored
    assert list(map(type, found)) == list(map(type, stored))


@pytest.mark.parametrize(("late", "declared"), [(2.5, "REAL"), ("x", "TEXT"), (2**60, "INTEGER")])
def test_a_late_value_changes_the_type(
    importing: Importing, monkeypatch: pytest.MonkeyPatch, late: Any, declared: str
) -> None:
    monkeypatch.setattr(table_load, "SAMPLE_ROWS", 1000)
    rows = [{"a": 1}] * 5000 + [{"a": late, "b": [1]}]
    done = importing.load(json.dumps(rows), "data.json", "json")
    assert importing.columns() == [("a", declared), ("b", "TEXT")]
    assert done.rows == 5001
    assert importing.rows()[-1] == (late, "[1]")


@pytest.mark.parametrize("size", [1, 2, 7, 64])
@pytest.mark.parametrize("document", [each[1] for each in SHAPES])
def test_pieces_may_end_anywhere(
    importing: Importing, monkeypatch: pytest.MonkeyPatch, document: Any, size: int
) -> None:
    text = json.dumps(document, indent=1)
    importing.load(text, "whole.json", "json")
    monkeypatch.setattr(json_text, "PIECE_CHARACTERS", size)
    importing.load(text, "pieces.json", "json")
    assert importing.rows("pieces") == importing.rows("whole")
    assert importing.columns("pieces") == importing.columns("whole")


@pytest.mark.parametrize("number", ["1.25", "-0.5e-7", "2E+10", "1e5"])
@pytest.mark.parametrize("size", range(12, 24))
def test_numbers_beside_the_rows_may_be_cut(
    importing: Importing, monkeypatch: pytest.MonkeyPatch, number: str, size: int
) -> None:
    monkeypatch.setattr(json_text, "PIECE_CHARACTERS", size)
    text = f'{{"mean": {number}, "box": [{", ".join([number] * 9)}], "rows": [{{"a": {number}}}]}}'
    importing.load(text, "data.json", "json")
    assert importing.rows() == [(float(number),)]


def test_a_number_that_python_refuses_is_told_with_its_place(importing: Importing) -> None:
    error = importing.refusal('[{"a": 1},\n {"a": ' + "9" * 5000 + "}]", "data.json", "json")
    assert error.code == "bad-json"
    assert "at line 2, column 2: a number has too many digits" in error.message


def test_places_of_errors_are_right_in_later_pieces(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_text, "PIECE_CHARACTERS", 16)
    text = "[\n" + '  {"a": 1},\n' * 50 + '  {"a": oops}\n]'
    error = importing.refusal(text, "data.json", "json")
    assert "at line 52, column 9: Expecting value" in error.message


FEATURES = {
    "type": "FeatureCollection",
    "crs": {"type": "name"},
    "features": [
        {
            "type": "Feature",
            "id": 7,
            "properties": {"name": "café", "tags": ["x"]},
            "geometry": {"type": "Point", "coordinates": [1.5, 2]},
        },
        {"type": "Feature", "properties": None, "geometry": None, "bbox": [1, 2]},
    ],
}


def test_geojson_features_are_rows(importing: Importing) -> None:
    importing.load(json.dumps(FEATURES), "places.geojson", "json")
    assert [name for name, _ in importing.columns("places")] == [
        "id",
        "name",
        "tags",
        "geometry",
        "bbox",
    ]
    assert importing.rows("places") == [
        (7, "café", '["x"]', '{"type": "Point", "coordinates": [1.5, 2]}', None),
        (None, None, None, None, "[1, 2]"),
    ]


def test_geojson_features_on_lines_are_rows(importing: Importing) -> None:
    text = "\n".join(json.dumps(feature) for feature in FEATURES["features"])
    done = importing.load(text, "places.geojsonl", "data")
    assert done.tables[0].rows == 2
    assert [name for name, _ in importing.columns("places")][:2] == ["id", "name"]


def test_properties_keep_their_names(importing: Importing) -> None:
    feature = {"type": "Feature", "id": 1, "geometry": None, "properties": {"id": 2, "geometry": 3}}
    importing.load(json.dumps(feature) + "\n" + json.dumps(feature), "data.json", "json")
    names = [name for name, _ in importing.columns()]
    assert dict(zip(names, importing.rows()[0], strict=True)) == {
        "feature_id": 1,
        "id": 2,
        "geometry": 3,
        "feature_geometry": None,
    }


def test_datasette_lite_agrees_on_its_own_examples(importing: Importing) -> None:
    """The three documents in Datasette Lite's README."""
    rows = [{"id": 1, "name": "Item 1"}, {"id": 2, "name": "Item 2"}]
    lines = "\n".join(map(json.dumps, rows)) + "\n"
    for number, text in enumerate([json.dumps(rows), json.dumps({"rows": rows}), lines]):
        importing.load(text, f"https://h/items{number}.json", "json")
        assert importing.rows(f"items{number}") == [(1, "Item 1"), (2, "Item 2")]
