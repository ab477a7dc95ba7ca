"""Plugins with JavaScript in Firefox and WebKit: a few, as what differs there is not theirs."""

from __future__ import annotations

from tests.e2e.harness.browser import evaluate, wait_until
from tests.e2e.harness.firefox import Firefox
from tests.e2e.harness.sites import SiteHost
from tests.e2e.harness.webkit import WebKit

PLUGINS = ("datasette-plot", "datasette-searchable-filter-columns", "datasette-copyable")

#: Of datasette-plot.
BUTTON = "[...document.querySelectorAll('button')].find((b) => b.innerText === 'Show Plot')"


def test_their_scripts_run(other_browser: Firefox | WebKit, site: SiteHost) -> None:
    browser = other_browser
    installs = "".join(f"&install={name}" for name in PLUGINS)
    browser.goto(f"{site.url}?url=vendor/demo/showcase.db{installs}#/showcase/readings")
    wait_until(browser, "document.querySelector('input.column-select-search')")
    wait_until(browser, BUTTON)
    browser.run(f"({BUTTON}).click(); return '';")
    wait_until(browser, "document.querySelectorAll('svg circle').length >= 60")
    # Copying itself needs a visitor's own click.
    table = evaluate(browser, "location.origin + location.pathname")
    browser.goto(f"{table}.copyable?_table_format=github")
    wait_until(browser, "document.querySelector('.copyable-copy-button')")
