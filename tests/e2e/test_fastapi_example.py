"""The other application that the site ships: the bridge knows no Datasette."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.sites import SiteHost


@pytest.fixture
def notes(tab: Page, shared_chromium: Chromium, site: SiteHost) -> App:
    """The example; its notes are those of this browser's session, so tests only add."""
    return App.shown_in(shared_chromium.open_app(f"{site.url}?app=fastapi", tab))


def test_form_is_answered_by_a_redirect_and_a_message_shown_once(notes: App) -> None:
    page = notes.goto("/")
    page.get_by_label("A note").fill("By a form")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_have_text("Note added.")
    assert page.url == notes.url("/")
    page.get_by_role("link", name="By a form").last.click()
    expect(page.locator("main p")).to_have_text("By a form")
    assert page.url.startswith(notes.url("/notes/"))
    page.go_back()
    page.reload()
    expect(page.get_by_role("status")).to_have_count(0)


def test_page_with_a_script_asks_and_adds_by_the_api(notes: App) -> None:
    page = notes.goto("/live")
    items = page.locator("main li")
    expect(items.first).to_contain_text("made by FastAPI")
    page.get_by_label("A note").fill("By a script")
    page.get_by_role("button", name="Add").click()
    expect(items.last).to_contain_text("By a script")
    assert notes.ask_json("/api/notes")[-1] == {"text": "By a script"}


def test_file_is_uploaded(notes: App) -> None:
    page = notes.goto("/")
    content = random.Random(3).randbytes(1_234_567)
    page.get_by_label("A file").set_input_files(
        {"name": "noise.bin", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="Weigh").click()
    expect(page.get_by_role("status")).to_have_text("The file has 1,234,567 bytes.")


@pytest.mark.expects_console_errors("404", "422")
def test_errors_are_fastapis_own(notes: App) -> None:
    assert notes.ask("/notes/999").body == b'{"detail":"There is no note 999"}'
    reply = notes.ask(
        "/api/notes", "POST", body=b"{}", headers={"content-type": "application/json"}
    )
    assert reply.status == 422
