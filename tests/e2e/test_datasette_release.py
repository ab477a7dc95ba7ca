"""Another release of Datasette by `?ref=`: from the package index, once the visitor has agreed."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from building.places import WHEELS
from tests.consent_page import allow_button
from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import await_app, await_fault
from tests.e2e.harness.consent import await_consent
from tests.e2e.harness.data_host import Answer, DataHost
from tests.e2e.harness.sites import SiteHost, build, serving

LINK = "url=vendor/demo/fixtures.db"
SIMPLE = "application/vnd.pypi.simple.v1+json"

#: A module that releases before 1.0 had not, and on which the site builds.
MISSING = "datasette/resources.py"


def other_release(version: str, without: str = "") -> bytes:
    """The locked wheel of Datasette under another version, perhaps without one of its files."""
    (locked,) = (WHEELS / "base").glob("datasette-*.whl")
    own = locked.name.split("-")[1]
    made = io.BytesIO()
    with zipfile.ZipFile(locked) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            if name == without or name.endswith("/RECORD"):
                continue
            content = source.read(name)
            if name == "datasette/version.py":
                content = content.replace(own.encode(), version.encode())
            if name.endswith(".dist-info/METADATA"):
                content = re.sub(rb"(?m)^Version: .*$", b"Version: " + version.encode(), content)
            target.writestr(name.replace(f"datasette-{own}.dist-info", _info(version)), content)
        target.writestr(f"{_info(version)}/RECORD", "")
    return made.getvalue()


def _info(version: str) -> str:
    return f"datasette-{version}.dist-info"


@pytest.fixture(scope="module")
def index() -> Iterator[DataHost]:
    """What stands in for the public package index, with two releases that it made up."""
    with DataHost() as host:
        files = []
        for version, without in (("0.99", MISSING), ("1.0a99", "")):
            wheel = other_release(version, without)
            name = f"datasette-{version}-py3-none-any.whl"
            with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
                metadata = archive.read(f"{_info(version)}/METADATA")
            url = host.serve(f"/files/{name}", wheel)
            host.serve(f"/files/{name}.metadata", metadata)
            sha256 = hashlib.sha256(wheel).hexdigest()
            described = {"sha256": hashlib.sha256(metadata).hexdigest()}
            file = {"filename": name, "url": url, "hashes": {"sha256": sha256}}
            files.append({**file, "size": len(wheel), "yanked": False, "core-metadata": described})
        page = {
            "meta": {"api-version": "1.1"},
            "name": "datasette",
            "versions": ["0.99", "1.0a99"],
            "files": files,
        }
        host.serve("/simple/datasette/", Answer(json.dumps(page).encode(), content_type=SIMPLE))
        yield host


@pytest.fixture(scope="module")
def ref_site(index: DataHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteHost]:
    """The site, built to ask that index."""
    folder: Path = tmp_path_factory.mktemp("ref")
    config = folder / "lite.json"
    config.write_text(json.dumps({"plugins": {"index": f"{index.origin}/simple"}}))
    with serving(build(folder / "site", config)) as host:
        yield host


@pytest.fixture
def agree_to(tab: Page, ref_site: SiteHost) -> Callable[[str], Page]:
    """Opens the demonstration with another release and says yes to it."""

    def agree(ref: str) -> Page:
        page = await_consent(tab, f"{ref_site.url}?{LINK}&ref={ref}#/fixtures/facetable")
        allow_button(page).click()
        return page

    return agree


def test_newest_release_runs_once_it_is_allowed(
    tab: Page, index: DataHost, ref_site: SiteHost, agree_to: Callable[[str], Page]
) -> None:
    wheel = "/files/datasette-1.0a99-py3-none-any.whl"
    await_consent(tab, f"{ref_site.url}?{LINK}&ref=pre")
    expect(tab.get_by_role("alert")).to_contain_text("datasette 1.0a99 from 127.0.0.1")
    assert index.hits(wheel) == 0
    page = agree_to("pre")
    await_app(page)
    app = App.shown_in(page)
    assert index.hits(wheel) == 1
    assert app.ask_json("/-/versions.json")["datasette"]["version"] == "1.0a99"
    assert len(app.rows("/fixtures/facetable")) == 15
    # Known by now, by its version too, and beside the site's own.
    page.goto(f"{ref_site.url}?{LINK}&ref=1.0a99", wait_until="commit")
    await_app(page)
    assert index.hits(wheel) == 1
    page.goto(f"{ref_site.url}?{LINK}", wait_until="commit")
    await_app(page)
    versions = App.shown_in(page).ask_json("/-/versions.json")
    assert versions["datasette"]["version"] != "1.0a99"


def test_release_that_does_not_fit_says_so_and_can_be_left_out(
    agree_to: Callable[[str], Page], ref_site: SiteHost
) -> None:
    page = agree_to("0.99")
    page.wait_for_selector("[data-code=ref-failed]")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Could not run Datasette 0.99")
    page.get_by_role("link", name="Go on without").click()
    await_app(page)
    assert App.shown_in(page).ask_json("/fixtures.json")["database"] == "fixtures"


def test_release_that_is_not_there_is_named(tab: Page, ref_site: SiteHost) -> None:
    tab.goto(f"{ref_site.url}?{LINK}&ref=7.1", wait_until="commit")
    assert await_fault(tab) == "plugin-no-wheel"
    expect(tab.get_by_role("alert")).to_contain_text("the latest is 1.0a99")
