"""How fast the site starts and answers, against a native Datasette in the same rounds."""

import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benching.browser import app_shown, browser, memory_of_renderers, peak_of_renderers
from building.built_release import without_image
from building.environment import PYTHON
from building.places import ROOT
from static_server import Line, StaticServer

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

FIRST = "first visit, empty profile"
PLAIN_FIRST = "the same without the memory image"
RELOAD = "reload, everything cached"
KILLED = "first page after the worker was killed"
KILLED_FIRST = "the same the first time, before the browser kept compiled code"
PLAIN_KILLED = "the same without the memory image and compiled code"
PAGE_VIEW = "page view, mean of ten pages"
NATIVE_START = "native: start and first page"
NATIVE_VIEW = "native: page view, mean of ten pages"

#: What the worker does in the background after its first page is over by then, and the browser has
#: compiled and kept what runs often, in seconds.
SETTLED_S = 12

MEGABITS = (20, 50)

Times = dict[str, list[float]]


def pages_table(site: Path, folder: Path, rounds: int) -> str:
    """Measure in interleaved rounds; return medians, and what they are of the native ones.

    site: a built site. folder: for copies of it.
    """
    plain = without_image(Path(shutil.copytree(site, folder / "plain")))
    times: Times = {}
    with StaticServer(site, mount="/x/y/") as ours, StaticServer(plain, mount="/x/y/") as other:
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            _measure_site(ours.url, times, FIRST, KILLED)
            _measure_site(other.url, times, PLAIN_FIRST, PLAIN_KILLED)
            _measure_native(times)
    return _table(times, rounds)


def lines_table(site: Path) -> str:
    """First visits over lines of some speeds: seconds, bytes and requests before the page."""
    rows = ["| first visit over | seconds | MB | requests |", "| --- | ---: | ---: | ---: |"]
    for megabits in (None, *MEGABITS):
        line, asked = Line(megabits), list[str]()
        with (
            StaticServer(site, mount="/x/y/", line=line, before_request=asked.append) as server,
            browser() as context,
        ):
            page = context.new_page()
            started = time.perf_counter()
            _open_app(page, f"{server.url}app{TABLE}")
            seconds = time.perf_counter() - started
            name = f"{megabits} Mbit/s" if megabits else "a local line"
            rows.append(f"| {name} | {seconds:.1f} | {line.sent / 1e6:.1f} | {len(asked)} |")
    return "\n".join(rows)


def memory_line(site: Path, megabytes: int = 50) -> str:
    """The memory of the worker's process with a database of some size open."""
    path = site / "large.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("create table t (id integer primary key, text text)")
        db.execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)"
            " insert into t select i, hex(randomblob(480)) from n",
            (megabytes * 1000,),
        )
        db.commit()
    try:
        with StaticServer(site, mount="/x/y/") as server, browser() as context:
            page = context.new_page()
            _open_app(page, f"{server.url}?url={server.url}large.db")
            _open_app(page, page.url.rstrip("/") + "/large/t?_sort_desc=id")
            size = path.stat().st_size / 1e6
            return (
                f"A database of {size:.0f} MB open: the worker's process holds "
                f"{memory_of_renderers() / 1e6:.0f} MB, and held at most "
                f"{peak_of_renderers() / 1e6:.0f} MB with all that it shares with the browser."
            )
    finally:
        path.unlink()


def _measure_site(url: str, times: Times, first: str, killed: str) -> None:
    app = f"{url}app"
    with browser() as context:
        page = context.new_page()
        _time(times, first, lambda: _open_app(page, f"{app}{TABLE}"))
        if first == FIRST:
            _time(times, RELOAD, lambda: _reload_app(page))
            page.wait_for_timeout(SETTLED_S * 1000)
            _kill_worker(page)
            _time(times, KILLED_FIRST, lambda: _open_app(page, f"{app}{TABLE}?_sort=pk"))
            page.wait_for_timeout(SETTLED_S * 1000)
        _kill_worker(page)
        _time(times, killed, lambda: _open_app(page, f"{app}{TABLE}?_sort=state"))
        if first == FIRST:
            times.setdefault(PAGE_VIEW, []).append(_mean_view(page, app))


def _kill_worker(page: "Page") -> None:
    cdp = page.context.new_cdp_session(page)
    cdp.send("ServiceWorker.enable")
    cdp.send("ServiceWorker.stopAllWorkers")
    page.wait_for_timeout(300)  # until the browser's processes know of it
    cdp.detach()


def _measure_native(times: Times) -> None:
    with browser() as context:
        page = context.new_page()
        page.goto("about:blank")
        started = time.perf_counter()
        with _native_datasette() as root_url:
            url = root_url.partition("/-/")[0]
            page.goto(url + TABLE)
            times.setdefault(NATIVE_START, []).append(time.perf_counter() - started)
            # As root, who gets the same pages as the visitor of the site.
            page.goto(root_url)
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
    """A Datasette of the same version, on the same database, from the moment it listens.

    Gives the address by which a browser becomes root.
    """
    database = ROOT / "vendor" / "demo" / "fixtures.db"
    command = [str(PYTHON), "-u", "-m", "datasette", str(database), "--port", "0", "--root"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        path = port = None
        for line in process.stdout:
            path = path or re.search(r"/-/auth-token\?token=\w+", line)
            port = port or re.search(r"running on http://127\.0\.0\.1:(\d+)", line)
            if path and port:
                break
        else:
            raise RuntimeError("the native Datasette did not start")
        yield f"http://127.0.0.1:{port[1]}{path[0]}"
    finally:
        process.terminate()
        process.wait()


def _table(times: Times, rounds: int) -> str:
    """Medians in milliseconds, and what they are of the native ones."""
    medians = {name: statistics.median(each) for name, each in times.items()}
    lines = [
        f"| medians of {rounds} rounds | ms | of native |",
        "| --- | ---: | ---: |",
    ]
    for name, native in (
        (FIRST, NATIVE_START),
        (PLAIN_FIRST, NATIVE_START),
        (RELOAD, NATIVE_START),
        (KILLED, NATIVE_START),
        (KILLED_FIRST, NATIVE_START),
        (PLAIN_KILLED, NATIVE_START),
        (NATIVE_START, None),
        (PAGE_VIEW, NATIVE_VIEW),
        (NATIVE_VIEW, None),
    ):
        ratio = f"{medians[name] / medians[native]:.2f}" if native else ""
        lines.append(f"| {name.strip()} | {medians[name] * 1000:.0f} | {ratio} |")
    return "\n".join(lines)
