"""How fast an import is, and what memory it takes: in the browser, natively, and sqlite-utils'.

All three read the same file in one run, one after another.
"""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from benching.browser import app_shown, browser, peak_of_renderers
from benching.samples import write_sample
from building.environment import PYTHON
from building.places import ROOT
from static_server import StaticServer

#: A JSON file of 100 MB takes minutes in a browser.
IMPORT_S = 1800.0

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, and the most memory held, in bytes."""

    seconds: float
    peak_bytes: int

    def beyond(self, other: "Cost") -> "Cost":
        """What it cost more than something else."""
        return Cost(self.seconds - other.seconds, max(0, self.peak_bytes - other.peak_bytes))


@dataclass(frozen=True)
class ImportCosts:
    """One file imported in three ways. The browser's is beyond that of a file with few rows."""

    kind: str
    size: int
    rows: int
    browser: Cost
    ours: Cost
    sqlite_utils: Cost


def measure_import(kind: str, megabytes: float, site: Path, folder: Path) -> ImportCosts:
    """Import a made-up file.

    kind: csv or json. site: a built site, into which the file is put. folder: for databases.
    """
    path = site / f"sample.{kind}"
    rows = write_sample(path, megabytes)
    few = site / f"few.{kind}"
    write_sample(few, 0)
    try:
        ours = run_measured([HERE / "import_natively.py", kind, path, folder / f"ours-{kind}.db"])
        theirs = run_measured(_sqlite_utils(kind, path, folder / f"theirs-{kind}.db"))
        with StaticServer(site, mount="/") as server:
            nothing = _in_browser(server.url, f"{kind}={few.name}")
            browser_cost = _in_browser(server.url, f"{kind}={path.name}").beyond(nothing)
        return ImportCosts(kind, path.stat().st_size, rows, browser_cost, ours, theirs)
    finally:
        path.unlink()
        few.unlink()


def _sqlite_utils(kind: str, path: Path, database: Path) -> list[str | Path]:
    # It detects types without being told since its version 4.
    command: list[str | Path] = ["-m", "sqlite_utils", "insert", database, "sample", path]
    return [*command, "--csv", "--silent"] if kind == "csv" else command


def _in_browser(site_url: str, query: str) -> Cost:
    """Open a link in a browser that has the site, and wait for the first page."""
    with browser() as context:
        page = context.new_page()
        page.goto(f"{site_url}app/")
        app_shown(page)
        started = time.perf_counter()
        page.goto(f"{site_url}?{query}")
        app_shown(page, IMPORT_S)
        return Cost(time.perf_counter() - started, peak_of_renderers())


def run_measured(program: Sequence[str | Path]) -> Cost:
    """Run a Python program, `-m MODULE` or a script, to its end.

    Raises CalledProcessError when it fails.
    """
    with NamedTemporaryFile("r") as result:
        command = [PYTHON, HERE / "peak.py", result.name, *program]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "py")}
        started = time.perf_counter()
        subprocess.run(command, env=environment, check=True)
        return Cost(time.perf_counter() - started, int(result.read()))


def imports_table(measured: Sequence[ImportCosts]) -> str:
    """A Markdown table of the costs."""
    lines = [
        "| import | file | rows | seconds | of sqlite-utils | peak memory | of the file |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in measured:
        ways = {
            "in the browser": each.browser,
            "same code, native Python": each.ours,
            "native sqlite-utils": each.sqlite_utils,
        }
        for name, cost in ways.items():
            lines.append(
                f"| {each.kind.upper()}, {name} | {each.size / 1e6:.0f} MB | {each.rows:,} "
                f"| {cost.seconds:.1f} | {cost.seconds / each.sqlite_utils.seconds:.2f} "
                f"| {cost.peak_bytes / 1e6:.0f} MB | {cost.peak_bytes / each.size:.1f} |"
            )
    return "\n".join(lines)
