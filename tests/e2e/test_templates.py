"""`?templates=`: pages of the link's own making, once the visitor agreed to them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness.chromium import Chromium, await_app
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.databases import notes_database
from tests.e2e.harness.sites import SiteHost

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
    app_page.get_by_role("link", name="Decide whether to allow it").click()
    app_page.get_by_role("button", name="Allow it and go on").click()
    app_page.wait_for_url("**/app/**", wait_until="commit")
    await_app(app_page)
    home = app_page.url
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
