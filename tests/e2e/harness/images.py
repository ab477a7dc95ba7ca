"""Memory images of a built site, changed: what a damaged deployment or another browser meets."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from building.built_release import read_release, write_release
from building.packs import joined, separated
from building.runtime import inflated

Facts = dict[str, Any]


def change_image(site: Path, change: Callable[[Facts, bytes], bytes]) -> None:
    """Replace the image of a built site by one with other facts or contents, correctly hashed.

    change: alters the facts in place, and returns the contents.
    """
    release = read_release(site)
    memory = release["apps"]["datasette"]["image"]["memory"]
    data = inflated((site / memory["path"]).read_bytes())
    start = 4 + int.from_bytes(data[:4], "little")
    facts = json.loads(data[4:start])
    contents = change(facts, data[start:])
    head = json.dumps(facts).encode()
    file = _write(site, "changed.image.gz", len(head).to_bytes(4, "little") + head + contents)
    release["apps"]["datasette"]["image"]["memory"] = file
    write_release(site, release)


def add_restored_application(site: Path, name: str, package: Path) -> None:
    """Ship one more application: a Python package, started from Datasette's memory image."""
    release = read_release(site)
    datasette = release["apps"]["datasette"]
    files = separated(inflated((site / datasette["image"]["pack"]["path"]).read_bytes()))
    files |= {f"{package.name}/{file.name}": file.read_bytes() for file in package.glob("*.py")}
    image = {
        **datasette["image"],
        "pack": _write(site, f"{name}.pack.gz", joined(files)),
    }
    release["apps"][name] = {
        **datasette,
        "module": f"{package.name}.app",
        "title": name,
        "image": image,
    }
    write_release(site, release)


def _write(site: Path, name: str, data: bytes) -> dict[str, object]:
    packed = gzip.compress(data, compresslevel=1, mtime=0)
    path = f"vendor/runtime/{name}"
    (site / path).write_bytes(packed)
    return {"path": path, "size": len(packed), "sha256": hashlib.sha256(packed).hexdigest()}
