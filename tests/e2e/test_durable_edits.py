"""What a visitor changes is in storage before the answer says so, whatever then dies."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Dialog, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app
from tests.e2e.harness.data_host import Answer, DataHost
from tests.e2e.harness.databases import notes_database, wal_database
from tests.e2e.harness.quota import FULL, ROOM_AGAIN
from tests.e2e.harness.sites import SiteHost


def _open(browser: Chromium, site: SiteHost, query: str) -> App:
    return App.shown_in(browser.open_app(f"{site.url}?{query}"))


def _insert(app: App, table: str, **row: Any) -> None:
    app.ask_json(f"{table}/-/insert", "POST", json.dumps({"row": row}))


def _insert_in_vain(app: App, table: str, **row: Any) -> None:
    body = json.dumps({"row": row}).encode()
    json_type = {"content-type": "application/json"}
    refused = app.ask(f"{table}/-/insert", "POST", body=body, headers=json_type)
    assert refused.status == 507
    assert json.loads(refused.body)["code"] == "edit-not-saved"


def _titles(app: App, table: str) -> list[str]:
    return [row["title"] for row in app.rows(table)]


def _downloaded(app: App, database: str) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.deserialize(app.ask(f"/{database}/-/download-database").body)
    assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
    return db


# As where IndexedDB is refused; `names` are those of the stores that a transaction is for.
REFUSED = """(name) => {
  self.realTransaction ??= IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, ...how) {
    if ([names].flat().includes(name)) throw new DOMException("refused", "UnknownError");
    return self.realTransaction.call(this, names, ...how);
  };
}"""
ALLOWED = "() => void (IDBDatabase.prototype.transaction = self.realTransaction)"

RESTART = """async () => {
  const { port1, port2 } = new MessageChannel();
  const settled = new Promise((resolve) => {
    port1.onmessage = ({ data }) => data.type !== "progress" && resolve(data.type);
  });
  const registration = await navigator.serviceWorker.getRegistration();
  registration.active.postMessage({ type: "restart", url: location.href }, [port2]);
  return settled;
}"""


# Where nothing can be written, and where nothing can be read either.
@pytest.mark.parametrize(("store", "shown"), [("owners", ["stored"]), ("files", [])])
@pytest.mark.expects_console_errors("status of 507")
def test_refused_storage_is_said_and_harms_nothing_that_is_stored(
    warm_chromium: Chromium,
    site: SiteHost,
    data_host: DataHost,
    tmp_path: Path,
    store: str,
    shown: list[str],
) -> None:
    url = data_host.serve("/refused.db", notes_database(tmp_path / "refused.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    _insert(app, "/refused/notes", title="stored")
    [worker] = warm_chromium.context.service_workers
    worker.evaluate(REFUSED, store)
    assert app.page.evaluate(RESTART) == "ready"

    page = app.goto("/refused")
    expect(page.locator("[data-notice=refusal]")).to_contain_text("cannot be saved")
    row = json.dumps({"row": {"title": "not stored"}}).encode()
    json_type = {"content-type": "application/json"}
    refused = app.ask("/refused/notes/-/insert", "POST", body=row, headers=json_type)
    assert refused.status == 507
    assert _titles(app, "/refused/notes") == ["first", *shown]

    worker.evaluate(ALLOWED)
    with page.expect_navigation():
        page.get_by_role("button", name="Try again").click()
    await_app(page)
    expect(page.locator("[data-notice=refusal]")).to_have_count(0)
    assert _titles(app, "/refused/notes") == ["first", "stored"]
    assert data_host.hits("/refused.db") == 1


# The plan is read as ever: only an import cannot be written.
NO_IMPORTS = """() => {
  self.realPut = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, key) {
    if (this.name === "imports") throw new DOMException("full", "QuotaExceededError");
    return self.realPut.call(this, value, key);
  };
}"""


@pytest.mark.expects_console_errors("status of 507")
def test_edit_of_imported_data_is_stored_with_the_import_or_not_at_all(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    warm_chromium.open_app(f"{site.url}?memory=1")
    [worker] = warm_chromium.context.service_workers
    worker.evaluate(NO_IMPORTS)
    csv = data_host.serve("/late.csv", Answer(b"id,title\n1,Ada\n"))
    app = _open(warm_chromium, site, f"csv={csv}&pk=id")
    row = json.dumps({"row": {"id": 2, "title": "Alan"}}).encode()
    json_type = {"content-type": "application/json"}
    refused = app.ask("/data/late/-/insert", "POST", body=row, headers=json_type)
    assert refused.status == 507
    assert _titles(app, "/data/late") == ["Ada"]

    worker.evaluate(ROOM_AGAIN)
    _insert(app, "/data/late", id=3, title="Grace")
    warm_chromium.stop_workers()
    assert _titles(app, "/data/late") == ["Ada", "Grace"]
    assert data_host.hits("/late.csv") == 1


# A browser that has not promised to keep anything, and notes that it was asked to.
NOT_PERSISTED = """
  StorageManager.prototype.persisted = async () => false;
  StorageManager.prototype.persist = async () => (window.askedToKeep = true);
"""


def test_insert_survives_the_worker_twice_without_a_reload(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/kept.db", notes_database(tmp_path / "kept.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    page = app.goto("/kept/notes")
    page.evaluate("window.notReloaded = true")
    for number in (1, 2):
        _insert(app, "/kept/notes", title=f"insert {number}")
        warm_chromium.stop_workers()
    assert _titles(app, "/kept/notes") == ["first", "insert 1", "insert 2"]
    assert page.evaluate("window.notReloaded")
    page.add_init_script(NOT_PERSISTED)
    page.reload()
    await_app(page)
    page.wait_for_function("window.askedToKeep")
    expect(page.locator("td.col-title")).to_have_text(["first", "insert 1", "insert 2"])
    assert data_host.hits("/kept.db") == 1


def test_imported_data_is_neither_fetched_nor_imported_again_and_keeps_its_edits(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> None:
    csv = data_host.serve("/people.csv", Answer(b"id,title\n1,Ada\n2,Alan\n"))
    app = _open(warm_chromium, site, f"csv={csv}&pk=id")
    _insert(app, "/data/people", id=3, title="Grace")
    # Were it imported again, it would have this instead.
    data_host.serve("/people.csv", Answer(b"id,title\n9,Nobody\n"))
    warm_chromium.stop_workers()
    assert _titles(app, "/data/people") == ["Ada", "Alan", "Grace"]
    page = app.goto("/data")
    expect(page.locator(".lite-imports summary")).to_have_text("Imported from people.csv")
    assert data_host.hits("/people.csv") == 1
    with closing(_downloaded(app, "data")) as db:
        assert db.execute("select count(*) from people").fetchone() == (3,)

    page.once("dialog", Dialog.accept)
    with page.expect_navigation():
        page.locator("[data-notice=saved]").get_by_role("button", name="Discard").click()
    await_app(page)
    assert _titles(app, "/data/people") == ["Ada", "Alan"]
    expect(page.locator("[data-notice=saved]")).to_have_count(0)


def test_stored_query_survives_the_worker(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/q.db", notes_database(tmp_path / "q.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    stored = {"query": {"name": "all_notes", "sql": "select title from notes", "title": "Notes"}}
    app.ask_json("/q/-/queries/store", "POST", json.dumps(stored))
    warm_chromium.stop_workers()
    assert app.rows("/q/all_notes") == [{"title": "first"}]
    expect(app.goto("/-/lite").locator("body")).to_contain_text("Stored queries")


@pytest.mark.expects_console_errors("status of 507")
def test_write_without_room_is_refused_and_what_was_stored_stays_whole(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/full.db", notes_database(tmp_path / "full.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    _insert(app, "/full/notes", title="stored")
    [worker] = warm_chromium.context.service_workers
    worker.evaluate(FULL)
    rows = json.dumps({"rows": [{"title": "x" * 50_000}] * 20})
    refused = app.ask(
        "/full/notes/-/insert",
        "POST",
        body=rows.encode(),
        headers={"content-type": "application/json"},
    )
    assert refused.status == 507
    assert json.loads(refused.body)["code"] == "edit-not-saved"
    assert _titles(app, "/full/notes") == ["first", "stored"]

    worker.evaluate(ROOM_AGAIN)
    _insert(app, "/full/notes", title="there is room again")
    warm_chromium.stop_workers()
    assert _titles(app, "/full/notes") == ["first", "stored", "there is room again"]
    _downloaded(app, "full").close()


def test_database_in_write_ahead_mode_keeps_its_edits(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/ahead.db", wal_database(tmp_path / "ahead.db"))
    app = _open(warm_chromium, site, f"url={url}")
    _insert(app, "/ahead/notes", title="third")
    warm_chromium.stop_workers()
    assert _titles(app, "/ahead/notes") == ["written ahead", "second", "third"]
    _downloaded(app, "ahead").close()


#: Beyond what is loaded whole at the start.
LARGE_ROWS = 60_000


def _large_database(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table items (id integer primary key, title text, spread int)")
        rows = ((f"{n:06} " + "t" * 600, n * 7919 % LARGE_ROWS) for n in range(LARGE_ROWS))
        db.executemany("insert into items (title, spread) values (?, ?)", rows)
        db.execute("create index by_spread on items (spread)")
        db.execute("create virtual table words using fts5 (word)")
        db.executemany("insert into words values (?)", ((f"word{n}",) for n in range(5000)))
        db.execute(
            "create trigger searchable after insert on items begin"
            " insert into words values (new.title); end"
        )
    return path


def test_database_that_is_read_in_blocks_answers_and_keeps_edits_like_any_other(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    file = _large_database(tmp_path / "large.db")
    url = data_host.serve("/large.db", file)
    app = _open(warm_chromium, site, f"url={url}")
    rows = [{"title": f"new {n}", "spread": n * 613 % LARGE_ROWS} for n in range(300)]
    app.ask_json("/large/items/-/insert", "POST", json.dumps({"rows": rows}))
    app.ask_json("/large/items/17/-/delete", "POST", "{}")
    warm_chromium.stop_workers()

    sql = (
        "select count(*), sum(spread), max(title),"
        " (select count(*) from words where words match 'new') from items where spread >= 0"
    )
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("delete from items where id = 17")
        db.executemany("insert into items (title, spread) values (:title, :spread)", rows)
        expected = list(db.execute(sql).fetchone())
    [row] = app.ask_json(f"/large/-/query.json?{urlencode({'sql': sql, '_shape': 'arrays'})}")[
        "rows"
    ]
    assert row == expected
    with closing(_downloaded(app, "large")) as db:
        assert list(db.execute(sql).fetchone()) == expected
        assert db.execute("select count(*) from items where id = 17").fetchone() == (0,)


def test_forgotten_plan_has_no_edits(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/forgotten.db", notes_database(tmp_path / "forgotten.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    _insert(app, "/forgotten/notes", title="private")
    page = app.page
    page.goto(site.url)
    page.get_by_role("button", name="Forget forgotten.db").click()
    expect(page.get_by_text("forgotten.db is forgotten.")).to_have_count(1)
    warm_chromium.open_app(app.url("/forgotten/notes"), page)
    assert _titles(app, "/forgotten/notes") == ["first"]


# As after a day and an hour, at the end of which nobody used it for some hours.
AFTER_A_DAY = """async (unusedHours) => {
  const hoursAgo = (hours) => Date.now() - hours * 3600 * 1000;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      if (!url.includes("/-/data/")) continue;
      const headers = { "x-fetched": hoursAgo(25) / 1000 };
      await cache.put(url, new Response(await (await cache.match(url)).blob(), { headers }));
    }
  }
  const finished = (request) =>
    new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const change = async (database, storeName, facts) => {
    const found = (await indexedDB.databases()).find(({ name }) => name.endsWith(database));
    const db = await finished(indexedDB.open(found.name));
    const store = db.transaction(storeName, "readwrite").objectStore(storeName);
    for (const record of await finished(store.getAll()))
      await finished(store.put({ ...record, ...facts }));
    db.close();
  };
  await change(" databases", "imports", { fetchedAt: hoursAgo(25) });
  await change(" plans", "plans", { usedAt: hoursAgo(unusedHours) });
}"""


def _open_after_a_day(browser: Chromium, site: SiteHost, app: App, unused_hours: int) -> None:
    page = app.page
    # Not there, where a page of the plan would say that it is in use.
    page.goto(site.url)
    page.evaluate(AFTER_A_DAY, unused_hours)
    browser.stop_workers()
    browser.open_app(app.prefix, page)


@pytest.mark.parametrize(("unused_hours", "shown"), [(3, ["newer"]), (1, ["first"])])
def test_data_of_yesterday_is_fetched_again_unless_it_is_in_use(
    warm_chromium: Chromium,
    site: SiteHost,
    data_host: DataHost,
    tmp_path: Path,
    unused_hours: int,
    shown: list[str],
) -> None:
    url = data_host.serve("/daily.db", notes_database(tmp_path / "daily.db", "first"))
    csv = data_host.serve("/table.csv", Answer(b"id,title\n1,first\n"))
    app = _open(warm_chromium, site, f"url={url}&csv={csv}&pk=id")
    data_host.serve("/daily.db", notes_database(tmp_path / "newer.db", "newer"))
    data_host.serve("/table.csv", Answer(b"id,title\n1,newer\n"))
    _open_after_a_day(warm_chromium, site, app, unused_hours)
    assert _titles(app, "/daily/notes") == shown
    assert _titles(app, "/data/table") == shown


def test_discarded_changes_do_not_keep_newer_data_away(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/moving.db", notes_database(tmp_path / "moving.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    _insert(app, "/moving/notes", title="mine")
    page = app.goto("/moving")
    page.once("dialog", Dialog.accept)
    with page.expect_navigation():
        page.locator("[data-notice=saved]").get_by_role("button", name="Discard").click()
    await_app(page)
    assert _titles(app, "/moving/notes") == ["first"]
    data_host.serve("/moving.db", notes_database(tmp_path / "moved.db", "newer", "newest"))
    _open_after_a_day(warm_chromium, site, app, 3)
    assert _titles(app, "/moving/notes") == ["newer", "newest"]
    _insert(app, "/moving/notes", title="mine again")
    warm_chromium.stop_workers()
    assert _titles(app, "/moving/notes") == ["newer", "newest", "mine again"]


def test_fetching_again_asks_before_it_discards(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/again.db", notes_database(tmp_path / "again.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    _insert(app, "/again/notes", title="mine")
    data_host.serve("/again.db", notes_database(tmp_path / "newer.db", "newer"))
    page = app.goto("/again")
    page.once("dialog", Dialog.dismiss)
    page.get_by_role("button", name="Fetch again").click()
    expect(page.locator("[data-lite-status]")).to_have_text("")
    assert _titles(app, "/again/notes") == ["first", "mine"]
    page.once("dialog", Dialog.accept)
    with page.expect_navigation():
        page.get_by_role("button", name="Fetch again").click()
    await_app(page)
    assert _titles(app, "/again/notes") == ["newer"]


def test_page_that_comes_instead_of_the_data_does_not_take_the_edits(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/behind.db", notes_database(tmp_path / "behind.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    _insert(app, "/behind/notes", title="mine")
    data_host.page("/behind.db", "<title>Sign in</title>")
    page = app.goto("/behind")
    page.once("dialog", Dialog.accept)
    with page.expect_navigation():
        page.get_by_role("button", name="Fetch again").click()
    await_app(page)
    assert data_host.hits("/behind.db") == 2
    assert _titles(app, "/behind/notes") == ["first", "mine"]
    warm_chromium.stop_workers()
    assert _titles(app, "/behind/notes") == ["first", "mine"]


@pytest.mark.expects_console_errors("status of 507")
def test_edits_are_stored_again_after_the_storage_was_cleared(
    warm_chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    url = data_host.serve("/cleared.db", notes_database(tmp_path / "cleared.db", "first"))
    app = _open(warm_chromium, site, f"url={url}")
    _insert(app, "/cleared/notes", title="lost")
    clearing = {"origin": site.origin, "storageTypes": "indexeddb"}
    cdp = warm_chromium.context.new_cdp_session(app.page)
    cdp.send("Storage.clearDataForOrigin", clearing)
    _insert_in_vain(app, "/cleared/notes", title="in vain")
    _insert(app, "/cleared/notes", title="mine")
    warm_chromium.stop_workers()
    assert _titles(app, "/cleared/notes") == ["first", "mine"]
