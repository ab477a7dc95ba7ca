"""Back, forward, bookmarks: the address bar is the share link."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.sites import SiteHost


def test_ten_steps_back_and_forward(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, fixtures_db: Path
) -> None:
    url = data_host.serve("/fixtures.db", fixtures_db)
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
    page = app.goto("/fixtures")
    page.locator("h3 a", has_text="facetable").first.click()
    page.wait_for_url("**/fixtures/facetable")
    page.locator("th.col-state a").first.click()
    page.wait_for_url("**?_sort=state")
    page.locator("th.col-complex_array a").first.click()
    page.wait_for_url("**_sort=complex_array")
    page.locator("td.col-pk a").first.click()
    page.wait_for_url("**/facetable/*")
    page.locator("p.crumbs a", has_text="fixtures").first.click()
    page.wait_for_url(app.url("/fixtures"))
    page.locator("h3 a", has_text="searchable").first.click()
    page.wait_for_url("**/fixtures/searchable")
    page.locator("#_search").fill("dog")
    page.locator("#_search").press("Enter")
    page.wait_for_url("**_search=dog**")
    visited: list[tuple[str, str]] = []
    for _ in range(7):
        visited.append((page.url, page.title()))
        page.go_back()
    for address, title in reversed(visited):
        page.go_forward()
        assert (page.url, page.title()) == (address, title)
    assert "searchable" in page.title()
    expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(2)


def test_entry_leaves_no_step_to_be_trapped_in(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost, fixtures_db: Path
) -> None:
    url = data_host.serve("/trap.db", fixtures_db)
    before = data_host.page("/before.html", f'<a href="{site.url}?url={url}">open</a>')
    tab.goto(before)
    tab.locator("a").click()
    tab.wait_for_url("**/app/**")
    tab.wait_for_selector("footer.ft")
    tab.go_back()
    assert tab.url == before


def test_addresses_reproduce_their_pages_in_a_fresh_profile(
    chromium: Chromium,
    tab: Page,
    shared_chromium: Chromium,
    site: SiteHost,
    data_host: DataHost,
    fixtures_db: Path,
) -> None:
    url = data_host.serve("/share.db", fixtures_db)
    app = App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))
    page = app.goto("/share/-/query?sql=select+pk+from+facetable+where+state+%3D+:s&s=MI")
    expect(page.locator("table.rows-and-columns tbody tr")).to_have_count(4)
    elsewhere = chromium.open_app(page.url)
    assert elsewhere.url == page.url
    assert elsewhere.title() == page.title()
    expect(elsewhere.locator("table.rows-and-columns tbody tr")).to_have_count(4)


def test_page_titles_and_icon_are_datasettes(demo: App) -> None:
    page = demo.goto("/fixtures/facetable")
    assert page.title() == "fixtures: facetable: 15 rows"
    assert demo.ask("/favicon.ico").content_type == "image/png"
