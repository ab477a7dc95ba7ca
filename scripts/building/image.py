"""The memory image: Datasette started once, here, so that visitors need not wait for it.

make_image.mjs makes it, and loader/worker/python-image.js restores it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from building.bytecode import SITE_PACKAGES
from building.commands import run
from building.environment import NODE
from building.files import digest
from building.npm import LOCK
from building.packs import joined, unpack
from building.places import BUILD, NODE_MODULES, ROOT
from building.records import ensure, made_by
from building.runtime import (
    ZSTANDARD,
    compressed_most,
    remove_old_runtime_files,
    write_runtime_file,
)

MAKER = Path(__file__).with_name("make_image.mjs")
PROGRAM = Path(__file__).with_name("warm_up.py")
SHARED = [ROOT / "loader" / "worker" / name for name in ("image-file.js", "python-module.js")]

#: The packs of Datasette.
PACKS = ("pack-base", "pack-py")

#: Steps whose files an image is made from, in the order in which the worker compares them.
SOURCES = ("wasm", "stdlib", *PACKS)


def ensure_image() -> None:
    """Make the image of Datasette, and what a restored one needs besides."""
    made_from = [file for step in SOURCES for file in made_by(step)]
    hashes = [file.sha256 for file in made_from]
    ensure(
        "image",
        "Making the memory image",
        digest(LOCK, MAKER, PROGRAM, ZSTANDARD, Path(__file__), *SHARED, *hashes),
        lambda: _make(hashes),
    )
    remove_old_runtime_files()


def _make(made_from: list[str]) -> list[Path]:
    """Return the image, and the packs of what is not in it."""
    image, imported = _run_maker(made_from)
    files = _packed_files()
    left = left_over(files, imported)
    later = {path: data for path, data in left.items() if is_late(path)}
    pack = {path: data for path, data in left.items() if path not in later}
    return [
        write_runtime_file("datasette.image.zst", compressed_most(image)),
        write_runtime_file("image.pack.zst", compressed_most(joined(pack))),
        write_runtime_file("later.pack.zst", compressed_most(joined(later))),
    ]


def _run_maker(made_from: list[str]) -> tuple[bytes, set[str]]:
    image, report, job = (BUILD / name for name in ("image", "image-report.json", "image.json"))
    packs = [str(ROOT / file.path) for step in PACKS for file in made_by(step)]
    parameters = {
        "packs": packs,
        "program": str(PROGRAM),
        "madeFrom": made_from,
        "image": str(image),
        "report": str(report),
    }
    job.write_text(json.dumps(parameters), encoding="utf-8")
    # The loader's modules belong to no npm package: Node sees by their contents what they are.
    quiet = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"
    run([NODE, quiet, MAKER, NODE_MODULES / "pyodide", job], env={"TZ": "UTC"})
    return image.read_bytes(), set(json.loads(report.read_text("utf-8"))["imported"])


def _packed_files() -> dict[str, bytes]:
    """Return the files of Datasette's packs by path, in the order in which they unpack."""
    packs = [ROOT / file.path for step in PACKS for file in made_by(step)]
    return {path: data for each in packs for path, data in unpack(each.read_bytes()).items()}


def left_over(files: Mapping[str, bytes], imported: set[str]) -> dict[str, bytes]:
    """Return what a restored interpreter may still need from its file system.

    imported: files of the modules that are in the image.
    """
    return {path: data for path, data in files.items() if SITE_PACKAGES + path not in imported}


def is_late(path: str) -> bool:
    """Whether a file may come after the first page.

    Python tells when it misses a module. The time zones, 600 files, are read through one.
    """
    return path.endswith((".pyc", ".so")) or path.startswith("tzdata/")


def image_facts() -> dict[str, object]:
    """Describe the image for vendor/release.js."""
    memory, pack, later = (asdict(file) for file in made_by("image"))
    return {"memory": memory, "pack": pack, "later": later}
