"""Databases that stay at their hosts: real HTTP, SQLite and Datasette, all without a browser."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from range_server import Behaviour, RangeServer
from tests.py.pyodide.in_pyodide import in_pyodide

ROWS = 60_000

#: The statement reads all of a table that is larger than a page may fetch unasked.
SCAN = "/items/-/query?" + urlencode(
    {"sql": "select count(*) as found from scanned where instr(content, 'x') = 0"}
)

Pages = list[tuple[str, str, dict[str, str] | None]]


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows with indexes and a search index, and a large table without any."""
    path = tmp_path_factory.mktemp("remote") / "items.db"
    chance = random.Random(3)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table items (id integer primary key, title text, kind int, body text)")
        rows = (
            (n, f"title {n}", chance.randrange(500), f"word{n % 9973} " + "b" * 100)
            for n in range(1, ROWS + 1)
        )
        db.executemany("insert into items values (?, ?, ?, ?)", rows)
        db.execute("create index by_kind on items (kind)")
        db.execute('create virtual table items_fts using fts5 (body, content="items")')
        db.execute("insert into items_fts (rowid, body) select id, body from items")
        db.execute("insert into items_fts (items_fts) values ('optimize')")
        db.execute("create table scanned (content text)")
        db.executemany("insert into scanned values (?)", (("s" * 10_000,) for _ in range(3000)))
    return path


def _ask(host: RangeServer, folder: Path, *pages: str | tuple[str, str]) -> list[dict[str, Any]]:
    """Answers to GETs, and to whatever else is said with a method."""
    job: Pages = [("GET", page, None) if isinstance(page, str) else (*page, None) for page in pages]
    answers: list[dict[str, Any]] = in_pyodide(
        "remote_pages", {"url": host.url, "pages": job}, folder
    )
    return answers


@contextmanager
def _told(action: Callable[[], object]) -> Iterator[str]:
    """An address that does something when it is asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            action()
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


HOSTS = {
    "good": Behaviour(),
    "tells nothing": Behaviour(validators=False, exposed=False, sized=False),
    "redirects to links that expire": Behaviour(exposed=False, expiring=True),
}


@pytest.mark.parametrize("behaviour", HOSTS.values(), ids=HOSTS)
def test_pages_fetch_little_and_show_what_is_there(
    items: Path, tmp_path: Path, behaviour: Behaviour
) -> None:
    with RangeServer(items, behaviour) as host:
        database, table, row, filtered, found = _ask(
            host,
            tmp_path,
            "/items",
            "/items/items",
            "/items/items/54321.json?_shape=array",
            "/items/items.json?kind=7&_shape=array&_col=id&_nl=",
            "/items/items.json?_search=word77&_shape=array&_col=id",
        )
        assert all(each.method == "GET" for each in host.asked)
    assert "MB fetched" in database["text"]
    assert [each["bytes"] < 300_000 for each in (database, table, row)] == [True] * 3
    assert [each["requests"] <= 6 for each in (database, table, row)] == [True] * 3
    with closing(sqlite3.connect(items)) as db:
        kinds = db.execute("select id from items where kind = 7 order by id limit 100").fetchall()
        words = db.execute(
            "select rowid from items_fts where items_fts match 'word77' order by rowid"
        ).fetchall()
    assert '"title 54321"' in row["text"].replace("'", '"')
    for answer, expected in ((filtered, kinds), (found, words)):
        assert [f'"id": {each}' in answer["text"] for (each,) in expected] == [True] * len(expected)
        assert answer["bytes"] < 4_000_000


def test_scan_of_everything_stops_and_goes_on_when_asked(items: Path, tmp_path: Path) -> None:
    job = [
        ("GET", SCAN, None),
        ("GET", "/items/items/3.json?_shape=array", None),
        ("POST", "/-/lite/go-on", {"address": SCAN}),
        ("GET", SCAN, None),
    ]
    with RangeServer(items) as host:
        stopped, other, going_on, complete = in_pyodide(
            "remote_pages", {"url": host.url, "pages": job}, tmp_path
        )
    assert stopped["status"] == 400
    assert "This page needs much of the database" in stopped["text"]
    # Told from what was read of the table: it has 30 MB of content.
    told = re.search(r"about ([\d.]+) MB", stopped["text"])
    assert told
    assert 27 < float(told[1]) < 45
    # Some was still on its way.
    assert 22_000_000 < stopped["bytes"] < 30_000_000
    assert "title 3" in other["text"]
    assert (going_on["status"], going_on["location"]) == (303, SCAN)
    assert ">3000<" in complete["text"]
    # What was fetched before is not fetched again, nor what was on its way.
    assert complete["bytes"] < 8_000_000
    ranges = sorted(tuple(map(int, each.range[6:].split("-"))) for each in host.asked)
    assert all(last < following for (_, last), (following, _) in pairwise(ranges))


TELLING = {
    "validators": Behaviour(),
    "size": Behaviour(validators=False),
    "header": Behaviour(validators=False, exposed=False),
}


@pytest.mark.parametrize("behaviour", TELLING.values(), ids=TELLING)
def test_file_replaced_at_its_host_is_opened_anew_and_never_mixed_with_the_one_before(
    items: Path, tmp_path: Path, behaviour: Behaviour
) -> None:
    file = tmp_path / "items.db"
    file.write_bytes(items.read_bytes())

    def replace() -> None:
        with closing(sqlite3.connect(file)) as db, db:
            db.execute("update items set title = 'new ' || id")
            # Its size changes as well.
            db.execute("delete from scanned where rowid > 2900")
            (version,) = db.execute("pragma schema_version").fetchone()
            db.execute("create table later (title text)")
            db.execute("insert into later values ('from later')")
        with closing(sqlite3.connect(file)) as db:
            db.execute("vacuum")
            # As of a file that was built anew.
            db.execute(f"pragma schema_version = {version}")

    with RangeServer(file, behaviour) as host, _told(replace) as tell:
        first, replaced, old, later = _ask(
            host,
            tmp_path,
            "/items/items/3",
            ("TELL", tell),
            "/items/items/54321",
            "/items/items/3",
            "/items/later",
        )
    assert "title 3" in first["text"]
    assert replaced["status"] == 200
    assert "new 54321" in replaced["text"]
    assert "This database was replaced at its host" in replaced["text"]
    assert "new 3" in old["text"]
    assert "from later" in later["text"]


def test_database_in_write_ahead_mode_opens_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "items.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma journal_mode = wal")
        with db:
            db.execute("create table items (id integer primary key, title text)")
            db.execute("insert into items values (1, 'title 1')")
    with RangeServer(path) as host:
        database, row = _ask(host, tmp_path, "/items", "/items/items/1")
    assert 'data-notice="wal"' in database["text"]
    assert "title 1" in row["text"]


def test_host_that_goes_and_comes_back_costs_only_the_pages_in_between(
    items: Path, tmp_path: Path
) -> None:
    host = RangeServer(items)

    def go() -> None:
        host.behaviour.gone = True

    def come_back() -> None:
        host.behaviour.gone = False

    with host, _told(go) as going, _told(come_back) as coming_back:
        _, known, unknown, later = _ask(
            host,
            tmp_path,
            "/items/items/500",
            ("TELL", going),
            "/items/items/500",
            "/items/items/43210",
            ("TELL", coming_back),
            "/items/items/43210",
        )
    assert "title 500" in known["text"]
    assert unknown["status"] == 503
    assert "Could not read more of items.db" in unknown["text"]
    assert "title 43210" in later["text"]
