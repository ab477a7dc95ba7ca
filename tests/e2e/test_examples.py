"""The examples of the start page: shipped with the site, and what they say they are."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium, await_app
from tests.e2e.harness.sites import SiteHost


@pytest.mark.parametrize(
    ("title", "table", "least"),
    [
        ("Time zones of the world", "time-zones", 400),
        ("Countries and their codes", "countries", 240),
        ("When clocks change", "clock-changes", 9000),
    ],
)
def test_example_opens_its_table(
    tab: Page, shared_chromium: Chromium, site: SiteHost, title: str, table: str, least: int
) -> None:
    tab.goto(site.url)
    tab.get_by_role("link", name=title).click()
    await_app(tab)
    app = App.shown_in(tab)
    assert tab.url.startswith(app.url(f"/data/{table}"))
    assert app.ask_json(f"/data/{table}.json?_extra=count&_size=1")["count"] >= least


def test_examples_are_joined_by_a_query(
    tab: Page, shared_chromium: Chromium, site: SiteHost
) -> None:
    tab.goto(site.url)
    tab.get_by_role("link", name="Which clocks change next").click()
    await_app(tab)
    rows = tab.locator("table.rows-and-columns tbody tr")
    expect(rows.first).to_be_visible()
    assert rows.count() >= 50
