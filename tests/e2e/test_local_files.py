"""Files from this device: dropped, kept, opened, missed, added to other data, forgotten."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from playwright.sync_api import Page, Playwright, Request, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.browser import click, evaluate, wait_until
from tests.e2e.harness.chromium import Chromium, await_app, await_fault
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database, wal_database
from tests.e2e.harness.firefox import Firefox
from tests.e2e.harness.sites import SiteHost
from tests.e2e.harness.webkit import WebKit

# A drop as scripts can make one; the window's own target appears first.
DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const how = { dataTransfer: data, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent('dragenter', how));
  document.querySelector('.drop-target').dispatchEvent(new DragEvent('drop', how));
}"""


def choose(page: Page, *paths: Path) -> None:
    """Choose files with the page's own button."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("^Choose")).click()
    chooser.value.set_files([str(path) for path in paths])


def show_launcher(page: Page, site: SiteHost) -> None:
    """Show the launcher."""
    page.goto(site.url)
    page.wait_for_selector("html[data-state=launcher]")


def open_files(browser: Chromium, site: SiteHost, *paths: Path) -> App:
    """Open files in a new tab as a visitor does."""
    page = browser.new_page()
    show_launcher(page, site)
    choose(page, *paths)
    page.wait_for_url("**/app/file=**", wait_until="commit")
    await_app(page)
    return App.shown_in(page)


def table_names(app: App, database: str) -> list[str]:
    """The tables of one database."""
    return sorted(table["name"] for table in app.ask_json(f"/{database}.json")["tables"])


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A file of two rows."""
    path = tmp_path / "people.csv"
    path.write_bytes("name;age\nÉdith;7\nBert;12\n".encode("cp1252"))
    return path


def test_files_of_all_kinds_open_by_content_and_nothing_is_sent(
    warm_chromium: Chromium, site: SiteHost, people: Path, tmp_path: Path
) -> None:
    notes = notes_database(tmp_path / "secret notes.db", "first")
    lying = tmp_path / "lying.db"
    lying.write_text("x,y\n1,2\n")
    rows = tmp_path / "rows.json"
    rows.write_text('[{"a": 1}, {"a": 2}]')
    columns = tmp_path / "columns"
    pa.parquet.write_table(pa.table({"a": [1.0, 2.0]}), columns)
    shell = {path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*")} | {""}
    sent: list[Request] = []
    warm_chromium.context.on("request", lambda request: sent.append(request))
    before = len(site.asked)
    app = open_files(warm_chromium, site, notes, people, lying, rows, columns)
    databases = {each["name"] for each in app.ask_json("/-/databases.json")["databases"]}
    assert databases == {"data", "secret notes"}
    assert app.rows("/secret+notes/notes")[0]["title"] == "first"
    assert table_names(app, "data") == ["columns", "lying", "people", "rows"]
    assert [row["a"] for row in app.rows("/data/columns")] == [1.0, 2.0]
    assert app.rows("/data/people")[0]["name"] == "Édith"
    # Only what belongs to the site was asked for, and of no other host.
    assert set(site.asked[before:]) <= shell
    assert all(request.method == "GET" and not request.post_data for request in sent)
    hosts = {re.sub(r"^(https?://[^/]+).*", r"\1", request.url) for request in sent}
    assert {host for host in hosts if host.startswith("http")} == {site.origin}


def test_kept_file_survives_the_worker_and_the_browser(
    playwright: Playwright, site: SiteHost, people: Path, tmp_path: Path
) -> None:
    browser = Chromium(playwright, tmp_path / "profile")
    app = open_files(browser, site, people)
    browser.stop_workers()
    app.goto("/data/people")
    expect(app.page.locator("td.col-name")).to_have_text(["Édith", "Bert"])
    browser.close()

    browser = Chromium(playwright, tmp_path / "profile")
    try:
        page = browser.new_page()
        show_launcher(page, site)
        recent = page.locator("section[aria-labelledby=recent] li")
        expect(recent).to_contain_text(f"From this device · {people.stat().st_size} bytes")
        recent.get_by_role("link").click()
        await_app(page)
        assert App.shown_in(page).rows("/data/people")[1]["name"] == "Bert"
        assert browser.unexpected([]) == []
    finally:
        browser.close()


def test_link_opened_elsewhere_asks_for_the_file_and_then_shows_its_page(
    warm_chromium: Chromium, playwright: Playwright, site: SiteHost, people: Path, tmp_path: Path
) -> None:
    app = open_files(warm_chromium, site, people)
    link = app.url("/data/people?_sort_desc=age")

    elsewhere = Chromium(playwright, tmp_path / "elsewhere")
    try:
        page = elsewhere.new_page()
        page.goto(link)
        assert await_fault(page) == "file-not-here"
        expect(page.get_by_role("alert")).to_contain_text("people.csv")
        other = tmp_path / "other" / "people.csv"
        other.parent.mkdir()
        other.write_text("name,age\n")
        choose(page, other)
        dialog = page.get_by_role("dialog", name="This is another file")
        dialog.get_by_role("button", name="Close").click()
        choose(page, people)
        page.wait_for_selector("html:not([data-state=failed])", state="attached")
        await_app(page)
        assert page.url == link
        expect(page.locator("td.col-name")).to_have_text(["Bert", "Édith"])
        assert elsewhere.unexpected([]) == []
    finally:
        elsewhere.close()


def test_file_is_added_to_the_data_that_is_open(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, people: Path
) -> None:
    url = data_host.serve("/open.db", notes_database(people.with_name("open.db"), "first"))
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
    segment = app.prefix.removeprefix(f"{site.url}app/").rstrip("/")
    tab.goto(f"{site.url}#add={segment}")
    expect(tab.locator("h1")).to_have_text("Add data to open.db")
    choose(tab, people)
    tab.wait_for_url("**&file=people.csv~40**", wait_until="commit")
    await_app(tab)
    both = App.shown_in(tab)
    assert both.rows("/open/notes")[0]["title"] == "first"
    assert [row["name"] for row in both.rows("/data/people")] == ["Édith", "Bert"]


def test_database_of_this_device_in_wal_mode_opens_with_a_notice(
    shared_chromium: Chromium, site: SiteHost, tmp_path: Path
) -> None:
    path = wal_database(tmp_path / "walled.db")
    app = open_files(shared_chromium, site, path)
    expect(app.page.locator("[data-notice=wal]")).to_contain_text("walled.db")
    app.page.close()


def test_forgotten_file_is_gone(chromium: Chromium, site: SiteHost, people: Path) -> None:
    app = open_files(chromium, site, people)
    address = app.page.url
    page = app.page
    chromium.stop_workers()
    show_launcher(page, site)
    page.get_by_role("button", name="Forget people.csv").click()
    expect(page.locator("section[aria-labelledby=recent]")).to_be_hidden()
    kept = page.evaluate(
        """async () => (await Promise.all((await caches.keys()).map(async (name) =>
          (await (await caches.open(name)).keys()).map((key) => key.url)))).flat()"""
    )
    assert [url for url in kept if "people" in url or "/-/files/" in url] == []
    page.goto(address)
    assert await_fault(page) == "file-not-here"


def test_dropped_file_opens_in_other_engines(
    other_browser: Firefox | WebKit, site: SiteHost
) -> None:
    browser = other_browser
    browser.goto(site.url)
    wait_until(browser, "document.documentElement.dataset.state === 'launcher'")
    argument = json.dumps(["people.csv", "name,age\nAnna,7\n"])
    browser.run(f"({DROP})({argument}); return '';")
    wait_until(
        browser,
        "location.pathname.includes('/app/file=') && document.querySelector('footer.ft')",
    )
    rows = "fetch(`${location.pathname}data/people.json?_shape=array`).then((r) => r.json())"
    assert evaluate(browser, rows) == [{"rowid": 1, "name": "Anna", "age": 7}]
    browser.goto(site.url)
    # The list is filled from storage; the section's other button waits hidden from the start.
    forget = "section[aria-labelledby=recent] li button"
    wait_until(browser, f"document.querySelector({json.dumps(forget)})")
    click(browser, forget)
    wait_until(browser, "document.querySelector('section[aria-labelledby=recent]').hidden")
