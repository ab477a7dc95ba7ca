"""Databases too large to download stay at their hosts, whatever those are like."""

from __future__ import annotations

import json
import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Dialog, expect

from range_server import PIECE_BYTES, Behaviour, RangeServer
from tests.e2e.harness.app import App
from tests.e2e.harness.browser import PATIENCE_S, evaluate, wait_until
from tests.e2e.harness.chromium import Chromium, await_app, await_fault
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.firefox import Firefox
from tests.e2e.harness.sites import SiteHost
from tests.e2e.harness.webkit import WebKit

ROWS = 100_000
WORDS = 9973

#: With the rest, more than is downloaded unasked.
LARGE_BYTES = 80_000_000

#: One to a page: more of them than a page may fetch unasked.
LARGE_ROWS = 8000

#: Of a file that a host sends although it was asked for a part.
MOST_IN_VAIN = 1_000_000


@pytest.fixture(scope="session")
def items(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some rows with indexes and a search index, and a blob that makes the file large."""
    path = tmp_path_factory.mktemp("remote") / "items.db"
    chance = random.Random(3)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table items (id integer primary key, title text, kind int, body text)")
        db.executemany(
            "insert into items values (?, ?, ?, ?)",
            (
                (n, f"title {n}", chance.randrange(500), f"word{n % WORDS} " + "b" * 100)
                for n in range(1, ROWS + 1)
            ),
        )
        db.execute("create index by_kind on items (kind)")
        db.execute('create virtual table items_fts using fts5 (body, content="items")')
        db.execute("insert into items_fts (rowid, body) select id, body from items")
        db.execute("insert into items_fts (items_fts) values ('optimize')")
        db.execute("create table scanned (content blob)")
        db.executemany("insert into scanned values (zeroblob(?))", [(3500,)] * LARGE_ROWS)
        db.execute("create table filler (content blob)")
        db.execute("insert into filler values (zeroblob(?))", [LARGE_BYTES])
    return path


@pytest.fixture
def host(items: Path) -> Iterator[RangeServer]:
    """A host of the large database."""
    with RangeServer(items) as server:
        yield server


def _open(browser: Chromium, site: SiteHost, host: RangeServer, more: str = "") -> App:
    return App.shown_in(browser.open_app(f"{site.url}?url={host.url}{more}"))


def test_large_database_opens_where_it_is(
    warm_chromium: Chromium, site: SiteHost, host: RangeServer, items: Path
) -> None:
    host.behaviour = Behaviour(validators=False, exposed=False, sized=False)
    app = _open(warm_chromium, site, host)
    page = app.goto("/items")
    expect(page.locator("[data-lite-fetched]")).to_contain_text(" MB fetched")
    app.goto("/items/items?kind=7")
    with closing(sqlite3.connect(items)) as db:
        expected = db.execute(
            "select id from items where kind = 7 order by id limit 100"
        ).fetchall()
        found = db.execute(
            "select rowid from items_fts where items_fts match 'word77' order by rowid"
        ).fetchall()
    expect(page.locator("td.col-id")).to_have_text([str(each) for (each,) in expected])
    app.goto("/items/items?_search=word77")
    expect(page.locator("td.col-id")).to_have_text([str(each) for (each,) in found])
    app.goto("/items/items/54321")
    expect(page.locator("td.col-title")).to_have_text("title 54321")
    assert host.sent < 8_000_000
    assert all(each.method == "GET" for each in host.asked)

    host.reset()
    warm_chromium.stop_workers()
    app.goto("/items/items?_search=word77")
    expect(page.locator("td.col-id")).to_have_text([str(each) for (each,) in found])
    assert host.sent == 0

    page.goto(site.url)
    page.get_by_role("button", name="Forget items.db").click()
    expect(page.get_by_text("items.db is forgotten.")).to_have_count(1)
    warm_chromium.open_app(app.prefix, page)
    assert host.sent > 0


@pytest.mark.expects_console_errors("Failed to load resource")
@pytest.mark.parametrize("trait", ["ranges", "compressed"])
def test_host_without_ranges_is_told_from_the_rest_before_much_is_fetched(
    warm_chromium: Chromium, site: SiteHost, host: RangeServer, trait: str
) -> None:
    host.behaviour = Behaviour(stops_after=MOST_IN_VAIN, **{trait: trait == "compressed"})
    page = warm_chromium.new_page()
    page.goto(f"{site.url}?url={host.url}", wait_until="commit")
    page.wait_for_selector("html[data-state=failed] [role=alert][data-code=no-ranges]")
    way_out = page.get_by_role("link", name="Download all of it").get_attribute("href")
    assert (way_out or "").endswith("&fetch=whole/")
    # Nobody waited for the rest, for it never comes.
    warm_chromium.wait_until(lambda: len(host.asked) > 0, "the host to be left")
    assert all(each.sent < MOST_IN_VAIN + PIECE_BYTES for each in host.asked)


@pytest.mark.expects_console_errors("net::ERR_", "status of 503", "Failed to load resource")
def test_without_its_host_what_was_fetched_still_answers(
    warm_chromium: Chromium, site: SiteHost, host: RangeServer
) -> None:
    app = _open(warm_chromium, site, host)
    page = app.goto("/items/items/500")
    host.behaviour.gone = True
    app.goto("/items/items/500")
    expect(page.locator("td.col-title")).to_have_text("title 500")
    app.goto("/items/items/77777")
    expect(page.locator("body")).to_contain_text("Could not read more of items.db")
    host.behaviour.gone = False
    app.goto("/items/items/77777")
    expect(page.locator("td.col-title")).to_have_text("title 77777")


@pytest.mark.expects_console_errors("status of 400")
def test_page_that_would_fetch_much_asks_before_it_goes_on(
    warm_chromium: Chromium, site: SiteHost, host: RangeServer
) -> None:
    app = _open(warm_chromium, site, host)
    sql = "select count(*) as found from scanned where typeof(content) = 'text'"
    scan = "/items/-/query?" + urlencode({"sql": sql})
    page = app.goto(scan)
    expect(page.locator("h1")).to_have_text("This page needs much of the database")
    # One page of the file for each row.
    expect(page.get_by_text(re.compile(r"about 3[0-9]\.[0-9] MB in all"))).to_be_visible()
    # The rest is as ever.
    assert app.rows("/items/items/500")[0]["title"] == "title 500"
    page.get_by_role("button", name="Go on, up to 100.0 MB").click()
    expect(page.locator("td.col-found")).to_have_text("0", timeout=PATIENCE_S * 1000)


@pytest.mark.expects_console_errors("Failed to load resource")
def test_database_that_is_not_at_its_host_is_named_as_any_other(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    page = warm_chromium.new_page()
    page.goto(f"{site.url}?url={data_host.origin}/none.db&fetch=parts", wait_until="commit")
    assert await_fault(page) == "download-not-found"


def test_edited_database_that_grew_stays_at_its_host_when_it_is_fetched_again(
    warm_chromium: Chromium, site: SiteHost, items: Path, tmp_path: Path
) -> None:
    with RangeServer(notes_database(tmp_path / "growing.db", "first")) as host:
        app = _open(warm_chromium, site, host)
        row = json.dumps({"row": {"title": "mine"}})
        app.ask_json("/growing/notes/-/insert", "POST", row)
        host.file = items
        page = app.goto("/growing")
        page.once("dialog", Dialog.accept)
        with page.expect_navigation():
            page.get_by_role("button", name="Fetch again").click()
        await_app(page)
        app.goto("/growing/items/500")
        expect(page.locator("td.col-title")).to_have_text("title 500")
        warm_chromium.stop_workers()
        app.goto("/growing/items/501")
        expect(page.locator("td.col-title")).to_have_text("title 501")


def test_file_that_was_built_anew_is_all_of_one_version_when_it_is_fetched_again(
    warm_chromium: Chromium, site: SiteHost, tmp_path: Path
) -> None:
    first, second = (
        notes_database(tmp_path / f"{word}.db", *[f"{word} {'.' * 500}"] * 2000)
        for word in ("old", "new")
    )
    # Nothing that the host shows tells one from the other.
    assert first.stat().st_size == second.stat().st_size
    assert first.read_bytes()[:100] == second.read_bytes()[:100]
    with RangeServer(first, Behaviour(validators=False, exposed=False)) as host:
        app = _open(warm_chromium, site, host, "&fetch=parts")
        every_200th = "/old/-/query.json?_shape=arrayfirst&" + urlencode(
            {"sql": "select substr(title, 1, 3) from notes where id % 200 = 0"}
        )
        assert app.ask_json(every_200th) == ["old"] * 10
        host.file = second
        page = app.goto("/old")
        with page.expect_navigation():
            page.get_by_role("button", name="Fetch again").click()
        await_app(page)
        assert app.ask_json(every_200th) == ["new"] * 10


def test_large_database_opens_where_it_is_in_the_other_engines(
    other_browser: Firefox | WebKit, site: SiteHost, host: RangeServer
) -> None:
    traits = {"validators": False, "exposed": False, "expiring": True}
    host.behaviour = Behaviour(stops_after=MOST_IN_VAIN, **traits)
    other_browser.goto(f"{site.url}?url={host.url}#/items/items?_search=word77")
    wait_until(other_browser, "document.querySelectorAll('td.col-title').length")
    titles = "[...document.querySelectorAll('td.col-title')].map((cell) => cell.textContent)"
    rows = range(77, ROWS + 1, WORDS)
    assert evaluate(other_browser, titles) == [f"title {each}" for each in rows]
    line = "document.querySelector('[data-lite-fetched]').textContent"
    size = host.file.stat().st_size / 1e6
    assert evaluate(other_browser, line).endswith(f" kB of {size:.1f} MB fetched")
    assert host.sent < 8_000_000
