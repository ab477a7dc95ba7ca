"""The site's own JavaScript, each entry joined with what it imports into one file.

A module of its own for every idea is good to read and bad to download: a first visit asked for
320 files, the worker's one level of imports after the other. So the site holds few scripts, with
source maps that show the modules as written. join_modules.mjs makes them.
"""

import json
import shutil
from pathlib import Path

from building.commands import run
from building.environment import NODE
from building.files import digest, tree
from building.npm import LOCK
from building.places import BUILD, NODE_MODULES, ROOT, VENDOR
from building.records import ensure, made_by

JOINER = Path(__file__).with_name("join_modules.mjs")
BUNDLES = BUILD / "bundles"

#: The worker, the shell, and the script of every page of the application.
ENTRIES = ("sw.js", "loader/page/shell.js", "loader/page/app-page.js")

#: Not joined: release.js names the other files' hashes, and Pyodide's program, a megabyte, outlives
#: many releases.
APART = ("vendor/release.js", "vendor/pyodide/pyodide.asm.mjs")

#: The source of every entry.
SOURCES = (ROOT / "sw.js", ROOT / "loader", VENDOR / "npm")


def ensure_bundles() -> None:
    """Join the modules of each entry.  Raises BuildError with esbuild's words for a mistake."""
    ensure("bundles", "Joining modules", digest(LOCK, JOINER, Path(__file__), *SOURCES), _make)


def _make() -> list[Path]:
    shutil.rmtree(BUNDLES, ignore_errors=True)
    job = BUILD / "bundles.json"
    parameters = {
        "esbuild": str(NODE_MODULES / "esbuild" / "lib" / "main.js"),
        "root": str(ROOT),
        "entries": ENTRIES,
        "apart": APART,
        "output": str(BUNDLES),
    }
    job.write_text(json.dumps(parameters), encoding="utf-8")
    run([NODE, JOINER, job])
    return tree(BUNDLES)


def bundles() -> dict[str, bytes]:
    """Return the joined scripts and their source maps by path on the site."""
    made = (ROOT / file.path for file in made_by("bundles"))
    return {path.relative_to(BUNDLES).as_posix(): path.read_bytes() for path in made}
