"""Every verified plugin, in a real browser: its demonstration shows its effect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from allowlist.entries import Entry, read_allowlist
from allowlist.outside import stand_in_for_outside
from allowlist.steps import run_steps
from building.places import BUILD
from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.consent import allow, await_consent
from tests.e2e.harness.sites import SiteHost

#: Where each plugin's picture goes; `scripts/plugins.py gallery` takes them from here.
PICTURES = BUILD / "gallery"

#: Of the pictures and sounds that the showcase's rows name: data, whatever the plugin.
HOSTS_IN_DATA = {"www.python.org", "upload.wikimedia.org"}

PLUGINS = read_allowlist()["plugins"]


@pytest.fixture(scope="module")
def outside(shared_chromium: Chromium) -> Iterator[list[str]]:
    """Other hosts that the shared browser was to ask, and did not."""
    yield stand_in_for_outside(shared_chromium.context)
    shared_chromium.context.unroute_all()


@pytest.fixture
def asked_outside(outside: list[str]) -> list[str]:
    """Those that this test's pages asked."""
    outside.clear()
    return outside


@pytest.mark.parametrize("plugin", PLUGINS, ids=[plugin["name"] for plugin in PLUGINS])
def test_effect_is_seen(
    plugin: Entry,
    shared_chromium: Chromium,
    tab: Page,
    site: SiteHost,
    asked_outside: list[str],
) -> None:
    tab.on("dialog", lambda dialog: dialog.accept())
    link = f"{site.url}?{plugin['demo']['plan']}#{plugin['demo']['path']}"
    if plugin.get("runs_data"):
        app = allow(await_consent(tab, link))
    else:
        app = App.shown_in(shared_chromium.open_app(link, tab))
    run_steps(tab, app.prefix, plugin["check"])
    PICTURES.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=PICTURES / f"{plugin['name']}.png")
    versions = {each["name"]: each["version"] for each in app.ask_json("/-/plugins.json")}
    assert versions.get(plugin["name"]) == plugin["version"]
    listed = {*plugin.get("hosts", []), *HOSTS_IN_DATA}
    assert {host for host in asked_outside if not _is_listed(host, listed)} == set()


def _is_listed(host: str, listed: set[str]) -> bool:
    return host in listed or f"*.{host.partition('.')[2]}" in listed
