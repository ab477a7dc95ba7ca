"""Fixtures of the end-to-end tests: browsers that complain, hosts that remember, apps that run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, sync_playwright

from datasette_lite.settings import settings_for
from tests.e2e.harness import databases
from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.data_host import DataHost
from tests.e2e.harness.firefox import Firefox
from tests.e2e.harness.native import NativeDatasette
from tests.e2e.harness.releases import add_application
from tests.e2e.harness.sites import SiteHost, build, serving
from tests.e2e.harness.webkit import WebKit

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, so that a misspelt one is an error."""
    config.addinivalue_line(
        "markers",
        "expects_console_errors(*patterns): console, page and worker errors that match one of"
        " these regular expressions belong to the test",
    )


def _fail_on_problems(browser: Chromium, request: pytest.FixtureRequest) -> None:
    allowed = [
        pattern
        for marker in request.node.iter_markers("expects_console_errors")
        for pattern in marker.args
    ]
    unexpected = browser.unexpected(allowed)
    assert not unexpected, "the browser complained:\n" + "\n".join(unexpected)


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, with the echo application beside those it ships. Not to be changed."""
    folder = build(tmp_path_factory.mktemp("site") / "site")
    add_application(folder, "echo", HERE / "echo_app")
    return folder


@pytest.fixture(scope="session")
def site(site_folder: Path) -> Iterator[SiteHost]:
    """The site on a host that all tests share."""
    with serving(site_folder) as host:
        yield host


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's own process."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def chromium(
    playwright: Playwright, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Chromium]:
    """A browser of the test's own with an empty profile: it has never seen the site."""
    browser = Chromium(playwright, tmp_path / "profile")
    yield browser
    browser.close()
    _fail_on_problems(browser, request)


@pytest.fixture(scope="session")
def shared_chromium(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chromium]:
    """One browser for all tests that leave its workers alive; each opens data of its own."""
    browser = Chromium(playwright, tmp_path_factory.mktemp("chromium") / "profile")
    yield browser
    browser.close()


@pytest.fixture
def tab(shared_chromium: Chromium, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab in the shared browser."""
    page = shared_chromium.context.new_page()
    yield page
    page.close()
    _fail_on_problems(shared_chromium, request)


@pytest.fixture
def demo(tab: Page, shared_chromium: Chromium, site: SiteHost) -> App:
    """The site's default plan, whose demonstration database no test changes."""
    return App.shown_in(shared_chromium.open_app(site.url + "app/", tab))


@pytest.fixture
def open_database(
    tab: Page, shared_chromium: Chromium, site: SiteHost, data_host: DataHost
) -> Callable[[Path], App]:
    """Opens a database file by link, as a plan that no other test shares."""

    def open_file(path: Path) -> App:
        url = data_host.serve(f"/{path.name}", path)
        return App.shown_in(shared_chromium.open_app(f"{site.url}?url={url}", tab))

    return open_file


@pytest.fixture
def data_host() -> Iterator[DataHost]:
    """A host of another origin than the site's."""
    with DataHost() as host:
        yield host


@pytest.fixture(scope="session")
def fixtures_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Datasette's own fixture tables, in a file named `fixtures.db`. Not to be changed."""
    return databases.fixtures_database(tmp_path_factory.mktemp("fixtures") / "fixtures.db")


@pytest.fixture(scope="session")
def native(fixtures_db: Path) -> Iterator[NativeDatasette]:
    """A native Datasette that serves the fixture tables with our settings."""
    with NativeDatasette(fixtures_db, settings=settings_for("/")) as server:
        yield server


@pytest.fixture(params=[Firefox, WebKit])
def other_browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firefox | WebKit]:
    """Each of the other two engines in turn, with an empty profile."""
    browser: Firefox | WebKit = request.param(tmp_path / "profile")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def warm_profile(
    playwright: Playwright, site: SiteHost, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The profile of a browser that has visited the site once, closed."""
    profile = tmp_path_factory.mktemp("warm") / "profile"
    browser = Chromium(playwright, profile)
    browser.open_app(site.url + "app/")
    browser.close()
    return profile


@pytest.fixture
def warm_chromium(
    playwright: Playwright, warm_profile: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Chromium]:
    """A browser of the test's own that knows the site: nothing of it is downloaded again."""
    shutil.copytree(warm_profile, tmp_path / "profile", symlinks=True)
    browser = Chromium(playwright, tmp_path / "profile")
    yield browser
    browser.close()
    _fail_on_problems(browser, request)
