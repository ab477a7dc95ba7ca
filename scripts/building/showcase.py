"""The database in which plugins are demonstrated: a little of everything they look for.

`places` have coordinates, `regions` outlines in GeoJSON, `readings` numbers over time, `articles`
text in several markups and a search index, `media` images and addresses of images, sound and
video, `events` what calendars need.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from building.files import digest
from building.places import VENDOR
from building.records import ensure

SHOWCASE = VENDOR / "demo" / "showcase.db"

SCHEMA = """
CREATE TABLE places (
  id INTEGER PRIMARY KEY, name TEXT, country TEXT, population INTEGER,
  latitude REAL, longitude REAL, website TEXT
);
CREATE TABLE regions (id INTEGER PRIMARY KEY, name TEXT, area_km2 INTEGER, geometry TEXT);
CREATE TABLE readings (
  id INTEGER PRIMARY KEY, day TEXT, place INTEGER REFERENCES places(id),
  temperature REAL, rain REAL
);
CREATE TABLE articles (
  id INTEGER PRIMARY KEY, title TEXT, published INTEGER, body_markdown TEXT, body_html TEXT,
  details TEXT, tags TEXT, links TEXT, contact TEXT
);
CREATE VIRTUAL TABLE articles_fts USING FTS5 (title, body_markdown, content="articles");
CREATE TABLE media (
  id INTEGER PRIMARY KEY, title TEXT, image BLOB, picture TEXT, audio TEXT, video TEXT
);
CREATE TABLE events (
  id INTEGER PRIMARY KEY, name TEXT, starts TEXT, ends TEXT, place INTEGER REFERENCES places(id)
);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, is_done INTEGER);
"""

# name, country, population, latitude, longitude, website. Populations are rounded.
PLACES = [
    ("Amsterdam", "Netherlands", 930_000, 52.37, 4.90, "https://www.amsterdam.nl/"),
    ("Athens", "Greece", 640_000, 37.98, 23.73, "https://www.cityofathens.gr/"),
    ("Berlin", "Germany", 3_700_000, 52.52, 13.40, "https://www.berlin.de/"),
    ("Copenhagen", "Denmark", 660_000, 55.68, 12.57, "https://www.kk.dk/"),
    ("Dublin", "Ireland", 590_000, 53.35, -6.26, "https://www.dublincity.ie/"),
    ("Helsinki", "Finland", 670_000, 60.17, 24.94, "https://www.hel.fi/"),
    ("Lisbon", "Portugal", 570_000, 38.72, -9.14, "https://www.lisboa.pt/"),
    ("Ljubljana", "Slovenia", 290_000, 46.06, 14.51, "https://www.ljubljana.si/"),
    ("London", "United Kingdom", 8_900_000, 51.51, -0.13, "https://www.london.gov.uk/"),
    ("Madrid", "Spain", 3_300_000, 40.42, -3.70, "https://www.madrid.es/"),
    ("Oslo", "Norway", 720_000, 59.91, 10.75, "https://www.oslo.kommune.no/"),
    ("Paris", "France", 2_100_000, 48.86, 2.35, "https://www.paris.fr/"),
    ("Prague", "Czechia", 1_400_000, 50.08, 14.44, "https://www.praha.eu/"),
    ("Reykjavik", "Iceland", 140_000, 64.15, -21.94, "https://reykjavik.is/"),
    ("Rome", "Italy", 2_700_000, 41.90, 12.50, "https://www.comune.roma.it/"),
    ("Vienna", "Austria", 2_000_000, 48.21, 16.37, "https://www.wien.gv.at/"),
]

# Four states of the USA whose outlines are, nearly, four straight lines: west, south, east, north.
REGIONS = [
    ("Colorado", 269_601, -109.05, 37.0, -102.05, 41.0),
    ("Kansas", 213_100, -102.05, 37.0, -94.6, 40.0),
    ("South Dakota", 199_729, -104.06, 43.0, -96.45, 45.94),
    ("Wyoming", 253_335, -111.05, 41.0, -104.05, 45.0),
]

# title, moment of publication, Markdown, HTML, tags.
ARTICLES = [
    (
        "Facets",
        "2017-11-23T17:00:00",
        "A facet **counts** the rows of each value:\n\n- by country\n- by year",
        "A facet <b>counts</b> the rows of each value.",
        ["facets", "counting"],
    ),
    (
        "Full-text search",
        "2018-05-20T09:30:00",
        "SQLite has a [search index](https://www.sqlite.org/fts5.html) of its own.",
        'SQLite has a <a href="https://www.sqlite.org/fts5.html">search index</a> of its own.',
        ["search", "sqlite"],
    ),
    (
        "Maps",
        "2018-07-14T12:00:00",
        "Any table with *latitude* and *longitude* can be shown on a map.",
        "Any table with <i>latitude</i> and <i>longitude</i> can be shown on a map.",
        ["maps"],
    ),
]

# name, start, hours, place.
EVENTS = [
    ("Opening", "2026-05-04T10:00:00", 2, 3),
    ("Workshop: maps of one's own data", "2026-05-05T09:00:00", 6, 12),
    ("Farewell", "2026-05-06T18:00:00", 3, 9),
]


def ensure_showcase() -> None:
    """Make vendor/demo/showcase.db."""
    ensure("showcase", "Making the plugins' showcase", digest(Path(__file__)), _make)


def _make() -> list[Path]:
    SHOWCASE.parent.mkdir(parents=True, exist_ok=True)
    temporary = SHOWCASE.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    write_showcase(temporary)
    temporary.replace(SHOWCASE)
    return [SHOWCASE]


def write_showcase(path: Path) -> None:
    """Write the database to a file that is not there yet."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(SCHEMA)
        with db:
            _fill(db, "places", _numbered(PLACES))
            _fill(db, "regions", _numbered(_regions()))
            _fill(db, "readings", _numbered(_readings()))
            _fill(db, "articles", _numbered(_articles()))
            _fill(db, "media", _numbered(_media()))
            _fill(db, "events", _numbered(_events()))
            _fill(db, "tasks", [(1, "Open a database", 1), (2, "Draw a map", 0)])
            db.execute("INSERT INTO articles_fts (articles_fts) VALUES ('rebuild')")
        db.execute("VACUUM")


def _numbered(rows: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The rows, each with its number in front."""
    return [(number, *row) for number, row in enumerate(rows, start=1)]


def _fill(db: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _regions() -> list[tuple[object, ...]]:
    return [(name, area, json.dumps(_rectangle(*bounds))) for name, area, *bounds in REGIONS]


def _rectangle(west: float, south: float, east: float, north: float) -> dict[str, object]:
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


def _readings() -> list[tuple[object, ...]]:
    """Thirty days in three places, with the kind of ups and downs that weather has."""
    first = datetime(2026, 4, 1, tzinfo=UTC)
    return [
        (
            (first + timedelta(days=day)).date().isoformat(),
            place,
            round(warmth + day * 0.2 + (day * 7 + place * 5) % 9 - 4, 1),
            round((day * 3 + place) % 7 * 1.5, 1),
        )
        for place, warmth in ((3, 9.0), (9, 10.5), (15, 15.0))
        for day in range(30)
    ]


def _articles() -> Iterator[tuple[object, ...]]:
    for number, (title, moment, markdown, html, tags) in enumerate(ARTICLES, start=1):
        yield (
            title,
            int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()),
            markdown,
            html,
            json.dumps({"words": len(markdown.split()), "tags": tags}),
            json.dumps(tags),
            "https://datasette.io/\nhttps://www.sqlite.org/",
            f"author{number}@example.com",
        )


def _media() -> list[tuple[object, ...]]:
    return [
        (
            "A sunset, computed",
            gradient_png((24, 32, 96), (255, 140, 60)),
            "https://www.python.org/static/community_logos/python-logo.png",
            "https://upload.wikimedia.org/wikipedia/commons/c/c8/Example.mp3",
            "https://www.youtube.com/watch?v=7kDFBnXaw-c",
        ),
        (
            "A meadow, computed",
            gradient_png((120, 190, 250), (40, 120, 30)),
            "https://www.python.org/static/community_logos/python-powered-w.png",
            None,
            None,
        ),
    ]


def _events() -> Iterator[tuple[object, ...]]:
    for name, starts, hours, place in EVENTS:
        ends = datetime.fromisoformat(starts) + timedelta(hours=hours)
        yield name, starts, ends.isoformat(), place


def gradient_png(
    top: tuple[int, int, int], bottom: tuple[int, int, int], width: int = 120, height: int = 80
) -> bytes:
    """An image whose colour goes from one at the top to another at the bottom."""
    lines = bytearray()
    for y in range(height):
        share = y / (height - 1)
        pixel = bytes(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        lines += b"\0" + pixel * width  # each line begins with its filter: none
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, true colour
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(lines), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
