"""The data that the site ships: Datasette's own fixtures, and the time zones of the world.

The time zones are those of the pinned package `tzdata`, which holds IANA's database, in the public
domain: https://www.iana.org/time-zones.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from building.commands import run
from building.environment import NODE, PYTHON
from building.files import digest, write_atomically
from building.places import NODE_MODULES, VENDOR
from building.records import ensure
from building.wheels import pinned_version, wheels_for

FOLDER = VENDOR / "demo"
FIXTURES = FOLDER / "fixtures.db"
TIME_ZONES = FOLDER / "time-zones.csv"
COUNTRIES = FOLDER / "countries.json"
CLOCK_CHANGES = FOLDER / "clock-changes.parquet"

WRITE_FIXTURES = "import sys, datasette.fixtures as f; f.write_fixture_database(sys.argv[1])"

WRITE_PARQUET = Path(__file__).with_name("write_parquet.mjs")

#: Years of which the changes of clocks are listed; the last ones as planned now.
FIRST, AFTER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)

#: No zone has changed its clock twice in so short a time since 2000.
STEP = timedelta(days=7)

# ISO 6709, as zone.tab has it: degrees and minutes, perhaps seconds.
COORDINATES = re.compile(r"([+-]\d{2})(\d{2})(\d{2})?([+-]\d{3})(\d{2})(\d{2})?")


def ensure_demo() -> None:
    """Make the files of vendor/demo."""
    inputs = (pinned_version("datasette"), pinned_version("tzdata"), Path(__file__), WRITE_PARQUET)
    ensure("demo", "Making the demonstration data", digest(*inputs), _make)


def _make() -> list[Path]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    temporary = FIXTURES.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    run([PYTHON, "-c", WRITE_FIXTURES, temporary])
    temporary.replace(FIXTURES)
    (wheel,) = (each for each in wheels_for("base") if each.name.startswith("tzdata-"))
    with zipfile.ZipFile(wheel) as archive:
        zones = list(_lines(archive, "zone.tab"))
        _write_time_zones(zones)
        _write_countries(_lines(archive, "iso3166.tab"))
        _write_clock_changes(archive, sorted(zone for _, _, zone, *_ in zones))
    return [FIXTURES, TIME_ZONES, COUNTRIES, CLOCK_CHANGES]


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[list[str]]:
    text = archive.read(f"tzdata/zoneinfo/{name}").decode("utf-8")
    return (line.split("\t") for line in text.splitlines() if line and line[0] != "#")


def _write_time_zones(zones: list[list[str]]) -> None:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["zone", "country", "latitude", "longitude", "comments"])
    for country, coordinates, zone, *comments in zones:
        writer.writerow([zone, country, *_degrees(coordinates), *(comments or [""])])
    write_atomically(TIME_ZONES, file.getvalue().encode())


def _degrees(coordinates: str) -> list[float]:
    found = COORDINATES.fullmatch(coordinates)
    assert found, coordinates
    parts = [found.groups()[:3], found.groups()[3:]]
    return [
        round(
            (-1 if degrees[0] == "-" else 1)
            * (int(degrees[1:]) + int(minutes) / 60 + int(seconds or 0) / 3600),
            4,
        )
        for degrees, minutes, seconds in parts
    ]


def _write_countries(lines: Iterator[list[str]]) -> None:
    countries = [{"code": code, "name": name} for code, name in lines]
    text = json.dumps(countries, ensure_ascii=False, indent=1) + "\n"
    write_atomically(COUNTRIES, text.encode())


def _write_clock_changes(archive: zipfile.ZipFile, zones: list[str]) -> None:
    columns: dict[str, tuple[str, list[object]]] = {
        "zone": ("STRING", []),
        "at": ("TIMESTAMP", []),
        "hours_from_utc": ("DOUBLE", []),
        "hours_before": ("DOUBLE", []),
        "abbreviation": ("STRING", []),
        "is_summer_time": ("BOOLEAN", []),
    }
    for zone in zones:
        rules = ZoneInfo.from_file(io.BytesIO(archive.read(f"tzdata/zoneinfo/{zone}")), key=zone)
        for moment in _changes(rules):
            now, before = (
                moment.astimezone(rules),
                (moment - timedelta(seconds=1)).astimezone(rules),
            )
            row = (
                zone,
                int(moment.timestamp() * 1000),
                _hours(now.utcoffset()),
                _hours(before.utcoffset()),
                now.tzname(),
                bool(now.dst()),
            )
            for (_, values), value in zip(columns.values(), row, strict=True):
                values.append(value)
    job = CLOCK_CHANGES.with_suffix(".json")
    job.write_text(
        json.dumps([{"name": n, "type": t, "data": data} for n, (t, data) in columns.items()])
    )
    run([NODE, WRITE_PARQUET, NODE_MODULES / "hyparquet-writer", job, CLOCK_CHANGES])
    job.unlink()


def _changes(rules: ZoneInfo) -> Iterator[datetime]:
    """The moments from which a clock shows another time, to the second."""
    start = FIRST
    while start < AFTER:
        end = start + STEP
        if _offset(rules, start) != _offset(rules, end):
            low, high = start, end
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                if _offset(rules, middle) == _offset(rules, start):
                    low = middle
                else:
                    high = middle
            yield high
        start = end


def _offset(rules: ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.astimezone(rules).utcoffset()


def _hours(offset: timedelta | None) -> float:
    assert offset is not None
    return offset / timedelta(hours=1)
