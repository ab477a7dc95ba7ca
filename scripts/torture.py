"""Kill the worker, or the whole browser, while rows are inserted, and look whether any is lost.

Usage: python3 scripts/torture.py [--rounds N] [--keep DIR]

Every round starts a stream of inserts, kills at a random moment, starts anew, downloads the whole
database and checks it with this machine's SQLite: integrity, and every row whose insert was
acknowledged. A row that is there without having been acknowledged was written just before the
kill. Half of the rounds write into a database that was downloaded, half into an imported table; in
half of them two tabs write at the same time.

--keep DIR goes on with the browser profile and the rows of an earlier run, and leaves them there:
so many rounds can be made in pieces.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from building.environment import PYTHON
from building.progress import run_script
from building.site import build_site
from setup import set_up
from static_server import StaticServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]

#: Rows that the databases begin with: large enough that an insert touches few of its pages.
FIRST_ROWS = 5_000

#: The stream of inserts is killed within this time.
LONGEST_STREAM_S = 2.0

#: How a fetch of a page that the kill left behind may end.
START_S = 60.0

# Inserts one row after another, as fast as they are acknowledged, until the page goes away.
STREAM = """async ([path, label]) => {
  for (let number = 0; ; number++) {
    const title = `${label}-${number}`;
    const row = { title, body: "b".repeat(Math.random() * 3000), number };
    const body = JSON.stringify({ row });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${path}/-/insert`, { method: "POST", headers, body });
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    await window.acknowledged(title);
  }
}"""

DOWNLOAD = """async (url) => {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  let binary = "";
  for (let i = 0; i < bytes.length; i += 32768)
    binary += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(binary);
}"""


@dataclass
class Tally:
    """What happened so far.

    acknowledged: titles of rows that must be there, by database.
    unacknowledged: those of them that are there although the kill came before their answer.
    """

    rounds: int = 0
    port: int = 0
    worker_kills: int = 0
    browser_kills: int = 0
    two_tabs: int = 0
    lost: int = 0
    damaged: int = 0
    unacknowledged: int = 0
    acknowledged: dict[str, list[str]] = field(default_factory=lambda: {"rows": [], "data": []})


def main() -> int:
    """Return 0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--keep", type=Path, help="profile and rows of an earlier run")
    arguments = parser.parse_args()
    set_up(dev=True)
    if not _has_playwright():  # the system's Python: go on with the one just made
        return subprocess.call([PYTHON, __file__, *sys.argv[1:]])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        tally = _torture(arguments.keep or Path(folder), arguments.rounds)
    total = sum(len(each) for each in tally.acknowledged.values()) - tally.unacknowledged
    print(
        f"{tally.rounds} rounds, {tally.worker_kills} kills of the worker,"
        f" {tally.browser_kills} of the browser, {tally.two_tabs} with two tabs:"
        f" {total} rows acknowledged, {tally.lost} lost;"
        f" {tally.unacknowledged} more were there; {tally.damaged} databases damaged"
    )
    return int(bool(tally.lost or tally.damaged))


def _has_playwright() -> bool:
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return False
    return True


def _torture(folder: Path, rounds: int) -> Tally:
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "tally.json"
    tally = Tally(**json.loads(record.read_text())) if record.exists() else Tally()
    site = folder / "site"
    if not site.exists():
        build_site(site)
        _make_data(site)
    with (
        StaticServer(site, port=tally.port) as server,
        sync_playwright() as playwright,
    ):
        # The same address each time: another would be another origin, with nothing in storage.
        tally.port = server.port
        chance = random.Random()
        with _Chromium(playwright, folder / "profile") as chromium:
            for _ in range(rounds):
                _round(chromium, server.url, tally, chance)
                record.write_text(json.dumps(asdict(tally)))
    return tally


def _make_data(site: Path) -> None:
    (site / "torture").mkdir()
    rows = [(f"first-{number}", "b" * 100, number) for number in range(FIRST_ROWS)]
    with closing(sqlite3.connect(site / "torture" / "rows.db")) as db, db:
        db.execute("create table rows (id integer primary key, title text, body text, number int)")
        db.execute("create index by_number on rows (number)")
        db.executemany("insert into rows (title, body, number) values (?, ?, ?)", rows)
    lines = ["title,body,number", *(",".join(map(str, row)) for row in rows)]
    (site / "torture" / "rows.csv").write_text("\n".join(lines))


PLANS = {
    "rows": "app/url=torture~2Frows.db/rows",
    "data": "app/csv=torture~2Frows.csv/data",
}


def _round(chromium: "_Chromium", site: str, tally: Tally, chance: random.Random) -> None:
    database = chance.choice(list(PLANS))
    table = f"{site}{PLANS[database]}/rows"
    page = chromium.open(table)
    acknowledged: list[str] = []
    chromium.stream(page, table, f"{tally.rounds}", acknowledged)
    if chance.random() < 0.5:
        chromium.stream(chromium.open_beside(table), table, f"{tally.rounds}b", acknowledged)
        tally.two_tabs += 1
    deadline = time.monotonic() + chance.uniform(0.05, LONGEST_STREAM_S)
    # The stream starts at its own time: a round in which nothing was written shows nothing.
    while time.monotonic() < deadline or not acknowledged:
        page.wait_for_timeout(10)
    if chance.random() < 0.5:
        chromium.kill_worker()
        tally.worker_kills += 1
    else:
        chromium.kill()
        tally.browser_kills += 1
    tally.acknowledged[database] += acknowledged
    tally.rounds += 1
    _check(chromium, f"{site}{PLANS[database]}", database, tally)


def _check(chromium: "_Chromium", url: str, database: str, tally: Tally) -> None:
    page = chromium.open(f"{url}/rows")
    content = chromium.download(page, f"{url}/-/download-database")
    acknowledged = tally.acknowledged[database]
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(content)
        (verdict,) = db.execute("pragma integrity_check").fetchone()
        kept = {title for (title,) in db.execute("select title from rows")}
    extra = {title for title in kept if not title.startswith("first")} - set(acknowledged)
    lost = set(acknowledged) - kept
    tally.damaged += verdict != "ok" or len(kept) < FIRST_ROWS
    tally.lost += len(lost)
    tally.unacknowledged += len(extra)
    acknowledged += extra
    print(
        f"round {tally.rounds}: {database}, {len(acknowledged)} rows, {len(lost)} lost,"
        f" {len(extra)} more, integrity {verdict}",
        flush=True,
    )


class _Chromium:
    """A browser that can be killed like any process, with a profile that stays."""

    def __init__(self, playwright: "Playwright", profile: Path) -> None:
        self._playwright = playwright
        self._profile = profile
        self._process: subprocess.Popen[bytes] | None = None
        self._browser: Browser | None = None

    def __enter__(self) -> "_Chromium":
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()

    def open(self, url: str) -> "Page":
        """A tab, the only one, that shows a page of the app."""
        browser = self._browser or self._start()
        page = self.open_beside(url)
        for other in browser.contexts[0].pages:
            if other != page:
                other.close()
        return page

    def open_beside(self, url: str) -> "Page":
        """A tab more that shows a page of the app."""
        assert self._browser
        page = self._browser.contexts[0].new_page()
        page.goto(url, wait_until="commit")
        page.wait_for_function(
            "!document.documentElement.dataset.state && document.readyState === 'complete'",
            timeout=START_S * 1000,
        )
        return page

    def stream(self, page: "Page", table: str, label: str, acknowledged: list[str]) -> None:
        """Start to insert rows; the list gets the titles of those acknowledged."""
        page.expose_function("acknowledged", lambda title: acknowledged.append(title))
        # Not awaited: it ends with the page, or with the worker.
        script = f"void ({STREAM})({json.dumps([table, label])}).catch(() => {{}})"
        page.evaluate(script)

    def download(self, page: "Page", url: str) -> bytes:
        """A file, asked for from inside the page."""
        import base64

        content: str = page.evaluate(DOWNLOAD, url)
        return base64.b64decode(content)

    def kill_worker(self) -> None:
        """End the service worker without asking it."""
        assert self._browser
        page = self._browser.contexts[0].pages[0]
        cdp = page.context.new_cdp_session(page)
        cdp.send("ServiceWorker.enable")
        cdp.send("ServiceWorker.stopAllWorkers")

    def kill(self) -> None:
        """End every process of the browser at once."""
        if not self._process:
            return
        with _ignored():
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        if self._browser:
            with _ignored():
                self._browser.close()
            self._browser = None

    def _start(self) -> "Browser":
        for lock in self._profile.glob("Singleton*"):
            lock.unlink()
        port_file = self._profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        executable = shutil.which("chromium")
        assert executable, "this needs Debian's chromium"
        self._process = subprocess.Popen(
            [
                executable,
                *FLAGS,
                f"--user-data-dir={self._profile}",
                "--remote-debugging-port=0",
                "about:blank",
            ],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_S
        while not (port_file.exists() and port_file.read_text().strip()):
            assert time.monotonic() < deadline, "Chromium did not start"
            time.sleep(0.05)
        port = port_file.read_text().split()[0]
        self._browser = self._playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        return self._browser


@contextmanager
def _ignored() -> Iterator[Any]:
    """What is left of a killed browser may complain."""
    try:
        yield
    except Exception as error:
        print(f"({type(error).__name__} after the kill)", file=sys.stderr)


if __name__ == "__main__":
    run_script(main)
