"""Links to pages about files, on hosts that let others read only the files themselves."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.data_host import LFS_POINTER
from tests.e2e.harness.sites import SiteHost
from tests.e2e.harness.web import Web

API = "https://api.github.com/repos/o/r/releases"
SHEET = "1wZhPLMCHKJvwOkP4juclhjFgqIY8fQFMemwKL2c64vk"
SHEETS = "https://docs.google.com/spreadsheets/d"

#: A visitor's link, the table that comes of it, and what is asked for instead, in order.
LINKS: list[tuple[str, str, dict[str, bytes]]] = [
    (
        "https://github.com/o/r/releases/download/v1/asset.csv",
        "asset",
        {
            f"{API}/tags/v1": json.dumps(
                {"assets": [{"name": "asset.csv", "url": f"{API}/assets/7"}]}
            ).encode(),
            f"{API}/assets/7": b"id\n1\n",
        },
    ),
    (
        "https://github.com/o/r/blob/main/large.csv",
        "large",
        {
            "https://raw.githubusercontent.com/o/r/main/large.csv": LFS_POINTER,
            "https://media.githubusercontent.com/media/o/r/main/large.csv": b"id\n1\n2\n",
        },
    ),
    (
        "https://huggingface.co/datasets/o/n/blob/refs%2Fconvert%2Fparquet/hub.csv",
        "hub",
        {
            "https://huggingface.co/datasets/o/n/resolve/refs%2Fconvert%2Fparquet/hub.csv": (
                b"id\n1\n2\n3\n"
            )
        },
    ),
    (
        "https://www.dropbox.com/s/4ef30/box.csv?dl=0",
        "box",
        {"https://dl.dropboxusercontent.com/s/4ef30/box.csv": b"id\n1\n2\n3\n4\n"},
    ),
    (
        f"{SHEETS}/{SHEET}/edit?gid=7#gid=7",
        "sheet_7",
        {f"{SHEETS}/{SHEET}/export?format=csv&id={SHEET}&gid=7": b"id\n1\n2\n3\n4\n5\n"},
    ),
]


def test_pages_about_files_lead_to_the_files(warm_chromium: Chromium, site: SiteHost) -> None:
    web = Web(warm_chromium.context)
    for _, _, files in LINKS:
        web.files |= files
    query = "&".join(f"csv={link.replace('#', '%23')}" for link, _, _ in LINKS)
    app = App.shown_in(warm_chromium.open_app(f"{site.url}?{query}"))
    assert sorted(web.asked) == sorted(web.files)
    tables = {each["name"]: each["count"] for each in app.ask_json("/data.json")["tables"]}
    assert tables == {table: place for place, (_, table, _) in enumerate(LINKS, 1)}


@pytest.mark.expects_console_errors("Failed to load resource", "blocked by CORS policy")
def test_file_of_a_release_that_cannot_be_read_is_explained(
    warm_chromium: Chromium, site: SiteHost
) -> None:
    web = Web(warm_chromium.context)
    assets = [{"name": "closed.csv", "url": f"{API}/assets/7"}]
    good = "https://raw.githubusercontent.com/o/r/main/good.csv"
    web.files = {
        f"{API}/tags/v1": json.dumps({"assets": assets}).encode(),
        f"{API}/assets/7": b"id\n1\n",
        good: b"id\n1\n",
    }
    web.closed = {f"{API}/assets/7"}
    files = "https://github.com/o/r/releases/download/v1"
    query = f"?csv={good}&csv={files}/closed.csv&csv={files}/renamed.csv"
    page = App.shown_in(warm_chromium.open_app(site.url + query)).goto("/")
    closed, renamed = page.locator(".lite-fault").all()
    expect(closed).to_have_attribute("data-code", "download-blocked")
    expect(closed).to_contain_text("GitHub does not let other sites read the files of a release")
    expect(renamed).to_have_attribute("data-code", "download-not-found")
    expect(renamed).to_contain_text("the release has no such file")
