"""`?templates=`: pages of the link's own making, once the visitor agreed to them."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.consent_page import decide_link
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.consent import allow
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.sites import SiteHost, build, serving

TABLE = """{% extends "default:table.html" %}
{% block content %}<p id="own">Of my own making</p>
<link rel="stylesheet" href="{{ base_url }}static/own.css">{{ super() }}{% endblock %}
"""


def _archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("templates/table.html", TABLE)
        packed.writestr("static/own.css", "#own { color: rgb(1, 2, 3) }")
        packed.writestr("static/own.html", "<script>document.title = 'ran'</script>")
    return file.getvalue()


@pytest.mark.expects_console_errors("status of 404")
def test_templates_are_used_as_long_as_they_are_allowed(
    chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    notes = data_host.serve("/noted.db", notes_database(tmp_path / "noted.db", "first"))
    pages = data_host.serve("/pages.zip", _archive())
    app_page: Page = chromium.open_app(f"{site.url}?url={notes}&templates={pages}#/noted/notes")
    own = app_page.locator("#own")
    expect(own).to_have_count(0)
    app_page.goto(app_page.url.removesuffix("/noted/notes") + "/")
    expect(app_page.locator("[data-notice=code]")).to_contain_text("templates/table.html")
    decide_link(app_page).click()
    # What would run can be read, and does not run.
    shown = app_page.locator(".code-list li li").filter(has_text="static/own.html")
    shown.get_by_text("Show it").click()
    expect(shown.locator("pre")).to_have_text("<script>document.title = 'ran'</script>")
    expect(app_page).not_to_have_title("ran")
    home = allow(app_page).prefix
    app_page.goto(home + "noted/notes")
    expect(own).to_have_text("Of my own making")
    expect(own).to_have_css("color", "rgb(1, 2, 3)")
    app_page.goto(home + "static/own.html")
    expect(app_page).to_have_title("ran")
    app_page.goto(f"{site.url}#allowed")
    app_page.get_by_role("button", name="Take back").click()
    expect(app_page.locator("#allowed")).to_be_hidden()
    chromium.open_app(home + "noted/notes", app_page)
    expect(own).to_have_count(0)
    # Nor does what was kept of it answer.
    app_page.goto(home + "static/own.html")
    expect(app_page).not_to_have_title("ran")


def test_a_sites_own_templates_need_no_consent(
    shared_chromium: Chromium, tab: Page, data_host: DataHost, tmp_path: Path
) -> None:
    pages = data_host.serve("/own.zip", _archive())
    config = data_host.serve("/own.json", b"description_html: <b id=bold>x</b>")
    notes = data_host.serve("/noted.db", notes_database(tmp_path / "noted.db", "first"))
    policy = {"allow": "verified"}
    own = {"url": notes, "templates": pages, "config": config, "plugins": policy}
    (tmp_path / "lite.json").write_text(json.dumps(own))
    with serving(build(tmp_path / "site", tmp_path / "lite.json")) as host:
        page = shared_chromium.open_app(f"{host.url}app/noted/notes", tab)
        expect(page.locator("#own")).to_have_text("Of my own making")
        page.goto(f"{host.url}app/")
        expect(page.locator("#bold")).to_be_visible()
        # The same in a link is anybody's.
        page = shared_chromium.open_app(f"{host.url}?url={notes}&config={config}", tab)
        expect(page.locator("[data-notice=code]")).to_contain_text("This site allows none")
