"""Measure how fast the site starts, answers and imports, against native programs in the same run.

Usage: python3 scripts/bench.py [--rounds N] [--megabytes N] [--inserts N] [--remote FILE]

Real Chromium, the site on a local static host, medians of interleaved rounds. Machines differ and
are shared: read the ratios, not the milliseconds.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benching.edits import edits_table
from benching.imports import imports_table, measure_import
from benching.pages import lines_table, memory_line, pages_table
from benching.remote import remote_table
from building.environment import PYTHON
from building.progress import run_script
from building.site import build_site
from setup import set_up


def main() -> int:
    """Measure and print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often pages are measured")
    parser.add_argument(
        "--megabytes", type=float, default=100, help="size of what is imported; 0: nothing is"
    )
    parser.add_argument(
        "--inserts", type=int, default=30, help="how many rows are inserted one by one"
    )
    parser.add_argument(
        "--remote",
        type=Path,
        metavar="FILE",
        help="measure a database that stays at its host, and nothing else; the file is made, 1 GB",
    )
    wanted = parser.parse_args()
    set_up(dev=True)
    if not _has_playwright():  # the system's Python: go on with the one just made
        return subprocess.call([PYTHON, __file__, *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = folder / "site"
        build_site(site)
        if wanted.remote:
            print(remote_table(site, wanted.remote))
            return 0
        if wanted.rounds:
            print(pages_table(site, folder, wanted.rounds), end="\n\n")
            print(lines_table(site), end="\n\n")
            print(memory_line(site), end="\n\n")
        if wanted.inserts:
            print(edits_table(site, folder, wanted.inserts), end="\n\n")
        if wanted.megabytes:
            costs = []
            for kind in ("csv", "json"):
                print(f"importing {kind}", file=sys.stderr, flush=True)
                costs.append(measure_import(kind, wanted.megabytes, site, folder))
            print(imports_table(costs))
    return 0


def _has_playwright() -> bool:
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    run_script(main)
