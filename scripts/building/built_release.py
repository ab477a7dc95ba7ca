"""The release of a built site, read and changed: for benchmarks and tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from building.release import RELEASE_PATH, read_release_script, worker_script


def read_release(site: Path) -> dict[str, Any]:
    """What vendor/release.js of a built site says."""
    return read_release_script((site / RELEASE_PATH).read_bytes())


def write_release(site: Path, release: dict[str, Any]) -> None:
    """Change what vendor/release.js and sw.js of a built site say."""
    script = site / RELEASE_PATH
    head = script.read_text("utf-8").partition("= {")[0]
    script.write_text(head + "= " + json.dumps(release, indent=2) + ";\n", "utf-8")
    worker = site / "sw.js"
    worker.write_bytes(worker_script(worker.read_bytes(), script.read_bytes()))


def without_image(site: Path) -> Path:
    """Have a built site boot Python plainly, as where an image does not fit; return its folder."""
    release = read_release(site)
    del release["apps"]["datasette"]["image"]
    write_release(site, release)
    return site
