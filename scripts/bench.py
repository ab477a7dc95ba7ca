"""Measure how fast the site starts, answers and imports, against native programs in the same run.

Usage: python3 scripts/bench.py [--rounds N] [--megabytes N]

Real Chromium, the site on a local static host, medians of interleaved rounds. Machines differ and
are shared: read the ratios, not the milliseconds.
"""

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benching.browser import app_shown, browser
from benching.imports import imports_table, measure_import
from building.environment import PYTHON
from building.places import ROOT
from building.progress import run_script
from building.site import build_site
from setup import set_up
from static_server import StaticServer

if TYPE_CHECKING:
    from playwright.sync_api import Page

TABLE = "/fixtures/facetable"

#: Ten different pages, as a visitor opens them one after another.
PAGES = (
    "/",
    "/fixtures",
    TABLE,
    f"{TABLE}?_facet=state",
    f"{TABLE}?state=MI",
    f"{TABLE}/1",
    "/fixtures/sortable?_sort=sortable",
    "/fixtures/searchable?_search=dog",
    f"{TABLE}.json",
    "/fixtures/-/query?sql=select+*+from+facetable",
)

FIRST, RELOAD, KILLED, PAGE_VIEW = (
    "first visit, empty profile",
    "reload, everything cached",
    "first page after the worker was killed",
    "page view, mean of ten pages",
)
NATIVE_START = "native: start and first page"
NATIVE_VIEW = "native: page view, mean of ten pages"

Times = dict[str, list[float]]


def main() -> int:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often pages are measured")
    parser.add_argument(
        "--megabytes", type=float, default=100, help="size of what is imported; 0: nothing is"
    )
    wanted = parser.parse_args()
    rounds: int = wanted.rounds
    set_up(dev=True)
    if not _has_playwright():  # the system's Python: go on with the one just made
        return subprocess.call([PYTHON, __file__, *sys.argv[1:]])
    times: Times = {}
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        build_site(site)
        with StaticServer(site, mount="/x/y/") as server:
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
                _measure_site(server.url, times)
                _measure_native(times)
        if rounds:
            print(_table(times, rounds))
        if wanted.megabytes:
            costs = []
            for kind in ("csv", "json"):
                print(f"importing {kind}", file=sys.stderr, flush=True)
                costs.append(measure_import(kind, wanted.megabytes, site, Path(folder)))
            print(imports_table(costs))
    return 0


def _has_playwright() -> bool:
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return False
    return True


def _measure_site(url: str, times: Times) -> None:
    app = f"{url}app"
    with browser() as context:
        page = context.new_page()
        _time(times, FIRST, lambda: _open_app(page, f"{app}{TABLE}"))
        _time(times, RELOAD, lambda: _reload_app(page))
        cdp = context.new_cdp_session(page)
        cdp.send("ServiceWorker.enable")
        cdp.send("ServiceWorker.stopAllWorkers")
        page.wait_for_timeout(300)  # until the browser's processes know of it
        _time(times, KILLED, lambda: _open_app(page, f"{app}{TABLE}?_sort=state"))
        times.setdefault(PAGE_VIEW, []).append(_mean_view(page, app))


def _measure_native(times: Times) -> None:
    with browser() as context:
        page = context.new_page()
        page.goto("about:blank")
        started = time.perf_counter()
        with _native_datasette() as url:
            page.goto(url + TABLE)
            times.setdefault(NATIVE_START, []).append(time.perf_counter() - started)
            times.setdefault(NATIVE_VIEW, []).append(_mean_view(page, url))


def _mean_view(page: "Page", base: str) -> float:
    """Seconds to the load event, mean of ten pages that were all seen once before."""
    for path in PAGES:
        page.goto(base + path)
    started = time.perf_counter()
    for path in PAGES:
        page.goto(base + path)
    return (time.perf_counter() - started) / len(PAGES)


def _open_app(page: "Page", url: str) -> None:
    page.goto(url)
    app_shown(page)


def _reload_app(page: "Page") -> None:
    page.reload()
    app_shown(page)


def _time(times: Times, name: str, action: Callable[[], None]) -> None:
    started = time.perf_counter()
    action()
    times.setdefault(name, []).append(time.perf_counter() - started)


@contextmanager
def _native_datasette() -> Iterator[str]:
    """A Datasette of the same version, on the same database, from the moment it is started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = ROOT / "vendor" / "demo" / "fixtures.db"
    command = [str(PYTHON), "-m", "datasette", str(database), "--port", str(port), "--root"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _answers(url):
            if time.monotonic() > deadline:
                raise TimeoutError("the native Datasette did not start")
            time.sleep(0.01)
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + TABLE, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _table(times: Times, rounds: int) -> str:
    """Medians in milliseconds, and what they are of the native ones."""
    medians = {name: statistics.median(each) for name, each in times.items()}
    lines = [
        f"| medians of {rounds} rounds | ms | of native |",
        "| --- | ---: | ---: |",
    ]
    for name, native in (
        (FIRST, NATIVE_START),
        (RELOAD, NATIVE_START),
        (KILLED, NATIVE_START),
        (NATIVE_START, None),
        (PAGE_VIEW, NATIVE_VIEW),
        (NATIVE_VIEW, None),
    ):
        ratio = f"{medians[name] / medians[native]:.2f}" if native else ""
        lines.append(f"| {name} | {medians[name] * 1000:.0f} | {ratio} |")
    return "\n".join(lines)


if __name__ == "__main__":
    run_script(main)
