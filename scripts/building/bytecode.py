"""Bytecode for the browser, made by Pyodide's own Python under Node.js."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from building.commands import run
from building.environment import NODE
from building.places import BUILD, NODE_MODULES

# Tracebacks name this folder, where packs unpack; no path of the building machine is kept.
SITE_PACKAGES = "/lib/python3.14/site-packages/"

COMPILER = Path(__file__).with_name("compile_python.mjs")
PROGRAM = Path(__file__).with_name("compile_python.py")


def compile_sources(sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the bytecode of each source. Keys: paths relative to site-packages.

    Sources that go into one pack are compiled together, in the order of their paths: how
    Python writes a constant can depend on what the same process compiled before.
    """
    ordered = sorted(sources.items())
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="compile-") as name:
        folder = Path(name)
        for number, (_, source) in enumerate(ordered):
            (folder / f"{number}.py").write_bytes(source)
        jobs = [(f"{number}.py", SITE_PACKAGES + path) for number, (path, _) in enumerate(ordered)]
        (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
        run([NODE, COMPILER, NODE_MODULES / "pyodide", folder])
        return {
            path: (folder / f"{number}.pyc").read_bytes()
            for number, (path, _) in enumerate(ordered)
        }
