"""What a database holds never runs as code through a verified plugin, unless the visitor agreed.

Anybody can make a link to a database of theirs with any verified plugins: those open unasked, so
nothing of the data may run in them. Those that run data are marked so in the list (`runs_data`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from allowlist.entries import read_allowlist
from allowlist.outside import stand_in_for_outside
from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.consent import allow, await_consent
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.hostile import (
    STARTS,
    hostile_database,
    hostile_metadata,
    pages_of,
)
from tests.e2e.harness.sites import SiteHost
from tests.e2e.harness.watch import Watch

UNASKED = [each["name"] for each in read_allowlist()["plugins"] if not each.get("runs_data")]

#: These take every text, or whole pages: beside them others would have nothing to show.
TAKES_ALL = {
    "datasette-homepage-table",
    "datasette-multiline-links",
    "datasette-no-truncate",
    "datasette-pretty-json",
    "datasette-render-binary",
    "datasette-auth-passwords",
}


def hostile_link(
    site: SiteHost,
    data_host: DataHost,
    folder: Path,
    plugins: list[str],
    settings: Mapping[str, object] | None = None,
) -> tuple[str, list[str]]:
    """A link to hostile data with plugins, and the paths of the pages to look at."""
    tables = hostile_database(folder / "hostile.db")
    url = data_host.serve("/hostile.db", folder / "hostile.db")
    metadata = settings or hostile_metadata("hostile", tables)
    config = data_host.serve("/metadata.json", json.dumps(metadata).encode())
    installs = "".join(f"&install={name}" for name in plugins)
    return f"{site.url}?url={url}&config={config}{installs}", pages_of(plugins, tables)


GROUPS = {
    "most": [name for name in UNASKED if name not in TAKES_ALL],
    "those that take all": sorted(TAKES_ALL),
}


def test_groups_hold_every_plugin_that_runs_unasked() -> None:
    assert sorted(each for group in GROUPS.values() for each in group) == sorted(UNASKED)


@pytest.mark.expects_console_errors(".*")
@pytest.mark.parametrize("plugins", GROUPS.values(), ids=GROUPS.keys())
def test_nothing_of_the_data_runs(
    plugins: list[str], chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    link, paths = hostile_link(site, data_host, tmp_path, plugins)
    stand_in_for_outside(chromium.context)
    page = chromium.new_page()
    watch = Watch.over(page)
    app = App.shown_in(chromium.open_app(link, page))
    installed = {each["name"] for each in app.ask_json("/-/plugins.json")}
    assert set(plugins) <= installed
    for start in (STARTS[name] for name in plugins if name in STARTS):
        app.goto(start)
        page.click("form button")
        page.wait_for_load_state()
    shown = [path for path in paths if watch.visit(page, app.url(path))]
    assert (watch.calls, watch.found) == ([], [])
    # Had most pages failed, nothing were proved.
    assert len(shown) > len(paths) * 0.7, sorted(set(paths) - set(shown))


@pytest.mark.expects_console_errors(".*")
def test_what_runs_data_is_seen_to(
    chromium: Chromium, site: SiteHost, data_host: DataHost, tmp_path: Path
) -> None:
    """The proof of the test above: with a plugin that is asked about, its payloads do run."""
    settings = {"plugins": {"datasette-render-html": {"columns": ["body_markdown"]}}}
    link, _ = hostile_link(site, data_host, tmp_path, ["datasette-render-html"], settings)
    page = chromium.new_page()
    watch = Watch.over(page)
    app = allow(await_consent(page, link))
    watch.visit(page, app.url("/hostile/plain_markdown"))
    assert any("markup" in call for call in watch.calls)
    assert any("img onerror" in each for each in watch.found)
