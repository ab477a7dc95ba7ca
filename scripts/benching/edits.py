"""What it costs that an edit is in storage before its answer, and the memory that it takes."""

import re
import shutil
import sqlite3
import statistics
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benching.browser import app_shown, browser, peak_of_renderers
from static_server import StaticServer

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

#: Sizes of the databases, in megabytes.
LARGE, SMALL = 200, 2

#: Inserts that come before those that are measured.
FIRST_INSERTS = 5

ROW_BYTES = 1000

#: Where the worker begins to store what was changed; its scripts are joined and made small.
COMMIT = re.compile(r"async commit\((\w+)\)\s*\{")

INSERT = """async (table) => {
  const headers = { "content-type": "application/json" };
  const row = { title: "measured", number: Math.floor(Math.random() * 1e6), body: "b".repeat(200) };
  const began = performance.now();
  const options = { method: "POST", headers, body: JSON.stringify({ row }) };
  const answer = await fetch(`${table}/-/insert`, options);
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  return performance.now() - began;
}"""

# In the worker: how long each transaction takes that stores blocks.
WATCH = """() => {
  self.transactions = [];
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (names, mode, how) {
    const tx = transaction.call(this, names, mode, how);
    const began = performance.now();
    if (mode === "readwrite" && names.includes("blocks"))
      tx.addEventListener("complete", () => self.transactions.push(performance.now() - began));
    return tx;
  };
}"""


@dataclass(frozen=True)
class InsertCost:
    """Medians, in milliseconds, and the most memory that a renderer held, in bytes."""

    insert: float
    transaction: float
    unsaved_insert: float
    peak_bytes: int


def edits_table(site: Path, folder: Path, inserts: int) -> str:
    """Single-row inserts into a large database and a small one. folder: for a second site."""
    unsaving = _without_saving(site, folder / "unsaving")
    lines = [
        f"| median of {inserts} inserts of a row | ms | of it the storage transaction |"
        " without saving | peak memory, MB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for megabytes in (LARGE, SMALL):
        cost = _measure(site, unsaving, megabytes, inserts)
        lines.append(
            f"| database of {megabytes} MB | {cost.insert:.0f} | {cost.transaction:.0f} |"
            f" {cost.unsaved_insert:.0f} | {cost.peak_bytes / 1e6:.0f} |"
        )
    return "\n".join(lines)


def _without_saving(site: Path, copy: Path) -> Path:
    """A copy of a site whose edits end with the worker."""
    shutil.copytree(site, copy)
    script = copy / "sw.js"
    text, count = COMMIT.subn(r"\g<0> if (\1) return '';", script.read_text("utf-8"))
    assert count == 1
    script.write_text(text, "utf-8")
    return copy


def _measure(site: Path, unsaving: Path, megabytes: int, inserts: int) -> InsertCost:
    database = site / "edited.db"
    _write_database(database, megabytes)
    shutil.copy(database, unsaving)
    try:
        with (
            StaticServer(site, mount="/") as server,
            StaticServer(unsaving, mount="/") as unsaving_server,
            browser() as context,
        ):
            saved = _open(context, server.url)
            [worker] = context.service_workers
            worker.evaluate(WATCH)
            unsaved = _open(context, unsaving_server.url)
            times: list[tuple[float, float]] = []
            for _ in range(FIRST_INSERTS + inserts):
                times.append((_insert(saved), _insert(unsaved)))
            transactions: list[float] = worker.evaluate("self.transactions")
            measured = times[FIRST_INSERTS:]
            return InsertCost(
                statistics.median(each[0] for each in measured),
                statistics.median(transactions[FIRST_INSERTS:]),
                statistics.median(each[1] for each in measured),
                peak_of_renderers(),
            )
    finally:
        database.unlink()


def _open(context: "BrowserContext", site_url: str) -> "Page":
    page = context.new_page()
    page.goto(f"{site_url}?url=edited.db#/edited/rows")
    app_shown(page)
    return page


def _insert(page: "Page") -> float:
    milliseconds: float = page.evaluate(INSERT, page.url)
    return milliseconds


def _write_database(path: Path, megabytes: int) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table rows (id integer primary key, title text, number int, body text)")
        rows = ((f"row {n}", n * 7919 % 1_000_003, "b" * ROW_BYTES) for n in range(megabytes * 960))
        db.executemany("insert into rows (title, number, body) values (?, ?, ?)", rows)
        db.execute("create index by_number on rows (number)")
