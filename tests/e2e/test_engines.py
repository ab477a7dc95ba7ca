"""One visitor's way through the app in every browser engine that we can run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.e2e.harness.browser import Browser, click, evaluate, wait_until
from tests.e2e.harness.chromium import Chromium, ChromiumTab
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.firefox import Firefox
from tests.e2e.harness.sites import SiteHost
from tests.e2e.harness.webkit import WebKit

ROW_COUNT = "document.querySelectorAll('table.rows-and-columns tbody tr').length"


@pytest.fixture(params=["Chromium", "Firefox", "WebKit"])
def browser(
    request: pytest.FixtureRequest, playwright: Playwright, tmp_path: Path
) -> Iterator[Browser]:
    """Each engine in turn, with an empty profile."""
    profile = tmp_path / "profile"
    opened: Browser
    if request.param == "Chromium":
        opened = ChromiumTab(Chromium(playwright, profile))
    else:
        opened = Firefox(profile) if request.param == "Firefox" else WebKit(profile)
    yield opened
    opened.close()


def test_journey(browser: Browser, site: SiteHost, data_host: DataHost, fixtures_db: Path) -> None:
    url = data_host.serve("/journey.db", fixtures_db)
    browser.goto(f"{site.url}?url={url}#/journey/facetable")
    wait_until(
        browser, f"location.pathname.endsWith('/journey/facetable') && {ROW_COUNT} === 15", 90
    )
    prefix = evaluate(browser, "location.href").removesuffix("journey/facetable")

    browser.goto(f"{prefix}journey/facetable?_facet=state")
    wait_until(browser, "!!document.querySelector('#facet-state')")
    click(browser, "#facet-state a[data-facet-value=MI]")
    wait_until(browser, f"location.search.includes('state=MI') && {ROW_COUNT} === 4")

    click(browser, "td.col-pk a")
    wait_until(
        browser, "/facetable\\/\\d+$/.test(location.pathname) && !!document.querySelector('h1')"
    )

    # Script, JSON both ways.
    status = evaluate(
        browser,
        f"fetch('{prefix}journey/tags/-/insert', {{method: 'POST', headers: {{'content-type': "
        "'application/json'}, body: JSON.stringify({rows: [{tag: 'avian'}]})}).then(r => r.status)",
    )
    assert status == 201

    # Form, redirect, cookie, message shown once.
    browser.goto(f"{prefix}-/messages")
    wait_until(browser, "document.querySelector('input[name=message]')")
    evaluate(browser, "document.querySelector('input[name=message]').value = 'From a form'")
    click(browser, "form.core input[type=submit]")
    wait_until(
        browser, "document.querySelector('.message-info')?.textContent.includes('From a form')"
    )
    browser.reload()
    wait_until(
        browser, "document.readyState === 'complete' && !document.querySelector('.message-info')"
    )

    # The edit is still there, and so is the way back.
    browser.goto(f"{prefix}journey/tags")
    wait_until(browser, f"{ROW_COUNT} === 3")
    browser.reload()
    wait_until(browser, f"document.readyState === 'complete' && {ROW_COUNT} === 3")
    browser.back()
    wait_until(browser, f"location.href === '{prefix}'")

    # Bytes, a stream and a range.
    blob = evaluate(
        browser,
        f"fetch('{prefix}journey/binary_data/1.blob?_blob_column=data').then(r => r.arrayBuffer())"
        ".then(b => [...new Uint8Array(b)])",
    )
    assert bytes(blob) == b"\x15\x1c\x02\xc7\xad\x05\xfe"
    lines = evaluate(
        browser,
        f"fetch('{prefix}journey/compound_three_primary_keys.csv?_stream=1').then(r => r.text())"
        ".then(t => t.trim().split('\\n').length)",
    )
    assert lines == 1002
    part = evaluate(
        browser,
        f"fetch('{prefix}journey/binary_data/1.blob?_blob_column=data',"
        " {headers: {range: 'bytes=0-1'}}).then(async r => [r.status, (await r.text()).length])",
    )
    assert part == [206, 2]
    assert data_host.hits("/journey.db") == 1
