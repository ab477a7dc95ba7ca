"""What pages of a database that stays at its host cost: bytes, requests and time."""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from benching.browser import app_shown, browser
from range_server import Behaviour, RangeServer
from static_server import StaticServer

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROWS = 5_000_000

#: Of a usual connection.
DELAY_S = 0.050
BITS_PER_S = 50_000_000

#: Values of a column whose rows lie all over the file.
CATEGORIES = 1700

WORDS = 30_000


@dataclass(frozen=True)
class Cost:
    """What one page cost, with nothing of the database fetched before.

    megabytes, requests: with those of opening the database, which is part of the engine's start.
    seconds, share: of the page itself; share of what the line carries in that time.
    """

    page: str
    megabytes: float
    requests: int
    seconds: float
    share: float


PAGES = {
    "database page": "/remote",
    "table, first 100 rows": "/remote/items",
    "row": "/remote/items/2500000",
    "filter, indexed, neighbouring values": "/remote/items?year=1999",
    "filter, indexed, rows all over the file": "/remote/items?category=49",
    "full-text search": "/remote/items?_search=word77",
    "scan: count of an index's rows": "/remote/-/query?"
    + urlencode({"sql": "select count(*) from items where year between 1950 and 1990"}),
}


def remote_table(site: Path, database: Path) -> str:
    """Markdown; the database is made where there is none."""
    if not database.exists():
        print("making a database of 1 GB", file=sys.stderr, flush=True)
        make_database(database)
    size = database.stat().st_size
    costs = list(_costs(site, database))
    lines = [
        f"| {size / 1e9:.2f} GB, {DELAY_S * 1000:.0f} ms, {BITS_PER_S / 1e6:.0f} Mbit/s | MB |"
        " requests | s | of the link |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for cost in costs:
        lines.append(
            f"| {cost.page} | {cost.megabytes:.2f} | {cost.requests} | {cost.seconds:.2f}"
            f" | {cost.share:.0%} |"
        )
    lines.append(
        f"| full download, by arithmetic | {size / 1e6:.0f} | 1 | {size * 8 / BITS_PER_S:.0f} | |"
    )
    return "\n".join(lines)


def make_database(path: Path) -> None:
    """Five million rows with indexes and an optimised search index, made in their order."""
    chance = random.Random(5)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part)) as db:
        db.execute("pragma journal_mode = off")
        db.execute("pragma synchronous = off")
        db.execute("pragma cache_size = -400000")
        db.execute(
            "create table items (id integer primary key, code text, year int, category int,"
            " price real, name text, description text)"
        )
        db.executemany("insert into items values (?, ?, ?, ?, ?, ?, ?)", _rows(chance))
        for column in ("code", "year", "category"):
            db.execute(f"create index items_{column} on items ({column})")
        db.execute('create virtual table items_fts using fts5 (name, content="items")')
        db.execute("insert into items_fts (rowid, name) select id, name from items")
        db.execute("insert into items_fts (items_fts) values ('optimize')")
        db.execute("analyze")
        db.commit()
    part.rename(path)


def _rows(chance: random.Random) -> Iterator[tuple[object, ...]]:
    words = [f"word{number}" for number in range(WORDS)]
    filler = "a description of some length, as tables have them. "
    for number in range(1, ROWS + 1):
        yield (
            number,
            f"c{number:08x}",
            1900 + number * 124 // ROWS,
            chance.randrange(CATEGORIES),
            chance.random() * 1000,
            " ".join(chance.choices(words, k=3)),
            filler[: chance.randrange(20, 50)] * 2,
        )


def _costs(site: Path, database: Path) -> Iterator[Cost]:
    behaviour = Behaviour(delay_s=DELAY_S, bytes_per_s=BITS_PER_S // 8)
    with RangeServer(database, behaviour) as host, StaticServer(site) as server:
        for name, path in PAGES.items():
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            # The runtime is cached and Python has started: the database is what is measured.
            with browser() as context:
                page = context.new_page()
                page.goto(f"{server.url}app/")
                app_shown(page)
                link = quote(host.url, safe="").replace("%", "~")
                plan = f"url={link}&fetch=parts&name=remote"
                yield _cost(page, host, name, f"{server.url}app/{plan}", path)


def _cost(page: Page, host: RangeServer, name: str, app: str, path: str) -> Cost:
    host.reset()
    # A page that reads nothing of the database but what opening it takes.
    page.goto(f"{app}/-/versions")
    app_shown(page)
    opening = host.sent
    began = time.perf_counter()
    page.goto(app + path, wait_until="commit")
    app_shown(page)
    seconds = time.perf_counter() - began
    share = (host.sent - opening) * 8 / BITS_PER_S / seconds
    return Cost(name, host.sent / 1e6, len(host.asked), seconds, share)
