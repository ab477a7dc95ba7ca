"""Plugins that a link asks for: from the site's own index, from elsewhere with consent, and failing."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.sites import SiteHost

DEMO = "url=vendor/demo/fixtures.db"


def test_plugins_of_the_list_take_effect_at_once(
    shared_chromium: Chromium, tab: Page, site: SiteHost
) -> None:
    link = f"{site.url}?{DEMO}&install=datasette-pretty-json&install=datasette-haversine"
    app = App.shown_in(shared_chromium.open_app(link, tab))
    names = {each["name"]: each["version"] for each in app.ask_json("/-/plugins.json")}
    assert names["datasette-pretty-json"] == "0.3"
    assert names["datasette-haversine"] == "0.2.1"
    # Its function is haversine's, which came along.
    sql = "select haversine(51.5, -0.12, 48.86, 2.35) as km"
    (row,) = app.ask_json(f"/fixtures/-/query.json?_shape=array&sql={sql}")
    assert round(row["km"]) == 342


def test_scripts_of_plugins_run(shared_chromium: Chromium, tab: Page, site: SiteHost) -> None:
    link = f"{site.url}?{DEMO}&install=datasette-vega#/fixtures/facetable"
    page = shared_chromium.open_app(link, tab)
    page.click("text=Show charting options")
    page.select_option("select#mark, select[name=mark]", label="Bar")
    page.wait_for_selector(".vega-embed canvas, .vega-embed svg")
