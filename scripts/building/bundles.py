"""The site's own JavaScript, each entry joined with what it imports into one file.

A module of its own for every idea is good to read and bad to download: a first visit asked for
320 files, the worker's one level of imports after the other. So the site holds few scripts, with
source maps that show the modules as written. join_modules.mjs makes them.

The worker's is a classic script: for a worker, Chromium keeps no compiled code of modules, and
Firefox before 147 runs none.
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

WORKER = "sw.js"

#: The shell, and the script of every page of the application.
PAGES = ("loader/page/shell.js", "loader/page/app-page.js")

#: Pyodide's program, a megabyte, outlives many releases: the worker imports it.
LIBRARY = {
    "module": "vendor/pyodide/pyodide.asm.mjs",
    "script": "vendor/pyodide/pyodide.asm.js",
    "global": "pyodideProgram",
}

#: Modules that are no part of the worker's script, and where it finds their exports.
#: `release.worker_script` writes the release, which names the other files' hashes.
GLOBALS = {
    "vendor/release.js": "datasetteLite",
    LIBRARY["module"]: LIBRARY["global"],
}

#: Every script of the site, but for vendor/release.js.
SCRIPTS = (WORKER, *PAGES, LIBRARY["script"])

#: The source of every entry.
SOURCES = (ROOT / "sw.js", ROOT / "loader", VENDOR / "npm", VENDOR / "pyodide")


def ensure_bundles() -> None:
    """Join the modules of each entry.  Raises BuildError with esbuild's words for a mistake."""
    ensure("bundles", "Joining modules", digest(LOCK, JOINER, Path(__file__), *SOURCES), _make)


def _make() -> list[Path]:
    shutil.rmtree(BUNDLES, ignore_errors=True)
    job = BUILD / "bundles.json"
    parameters = {
        "esbuild": str(NODE_MODULES / "esbuild" / "lib" / "main.js"),
        "root": str(ROOT),
        "pages": PAGES,
        "worker": WORKER,
        "globals": GLOBALS,
        "library": LIBRARY,
        "output": str(BUNDLES),
    }
    job.write_text(json.dumps(parameters), encoding="utf-8")
    run([NODE, JOINER, job])
    return tree(BUNDLES)


def bundles() -> dict[str, bytes]:
    """Return the joined scripts and their source maps by path on the site."""
    made = (ROOT / file.path for file in made_by("bundles"))
    return {path.relative_to(BUNDLES).as_posix(): path.read_bytes() for path in made}
