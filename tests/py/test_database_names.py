"""Names for databases, from links."""

from __future__ import annotations

import pytest

from datasette_lite.database_names import RESERVED, database_name, file_name_of


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://data.example/fixtures.db", "fixtures"),
        ("https://data.example/fixtures.DB", "fixtures"),
        ("https://data.example/a/b/fixtures.sqlite", "fixtures"),
        ("https://data.example/fixtures.sqlite3?v=1&x=/y.db", "fixtures"),
        ("https://data.example/fixtures", "fixtures"),
        ("https://data.example/fixtures.db#/fixtures", "fixtures"),
        ("https://data.example/a.b.db", "a.b"),
        ("https://data.example/data.gpkg", "data.gpkg"),
        ("https://data.example/with%20space.db", "with space"),
        ("https://data.example/50%25.db", "50%"),
        ("https://data.example/til~de.db", "til~de"),
        ("https://data.example/dir%2Fa.db", "a"),
        ("https://data.example/%F0%9F%98%80.db", "\N{GRINNING FACE}"),
        ("https://data.example/line%0Abreak%00.db", "linebreak"),
        ("https://data.example/-.db", "database"),
        ("https://data.example/-a.db", "-a"),
        ("https://data.example/.db", "database"),
        ("https://data.example/%20.db", "database"),
        ("https://data.example/", "data.example"),
        ("https://me@data.example:8000/", "data.example"),
        ("https://data.example/x/..", "x"),
        ("vendor/demo/fixtures.db", "fixtures"),
        ("data:application/octet-stream;base64,U1FMaXRl/a.db", "data"),
        ("https://data.example/app.db", "app"),
        ("", "data"),
    ],
)
def test_a_name_comes_from_the_file(link: str, name: str) -> None:
    assert database_name(file_name_of(link), ()) == name


@pytest.mark.parametrize("name", ["Sales 2023/24", "C# db", "100% of it?", "a:b"])
def test_a_name_is_no_address(name: str) -> None:
    assert database_name(name, ()) == name


def test_clashes_are_numbered() -> None:
    taken: list[str] = []
    for _ in range(3):
        taken.append(database_name("data.db", taken))
    assert taken == ["data", "data_2", "data_3"]


@pytest.mark.parametrize("name", RESERVED)
def test_names_of_datasettes_own_are_avoided(name: str) -> None:
    assert database_name(f"{name}.db", ()) == f"{name}_2"


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://data.example/a%20b.db?v=1", "a b.db"),
        ("https://gitlab.com/api/v4/projects/g%2Fp/repository/files/d%2Fa.csv/raw?ref=v1", "a.csv"),
        ("https://zenodo.org/api/records/1234/files/a%20b.parquet/content", "a b.parquet"),
        ("https://zenodo.org/api/records/1234/files/content", "content"),
        ("https://docs.google.com/spreadsheets/d/1x/export?format=csv", "sheet"),
    ],
)
def test_file_names_keep_their_ending(link: str, name: str) -> None:
    assert file_name_of(link) == name
