"""The release of a built site, read and changed: for benchmarks and tests."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def read_release(site: Path) -> dict[str, Any]:
    """What vendor/release.js of a built site says."""
    text = (site / "vendor/release.js").read_text("utf-8")
    release: dict[str, Any] = json.loads(text[text.index("= {") + 2 :].rstrip().rstrip(";"))
    return release


def write_release(site: Path, release: dict[str, Any]) -> None:
    """Change what vendor/release.js of a built site says."""
    script = site / "vendor/release.js"
    head = script.read_text("utf-8").partition("= {")[0]
    script.write_text(head + "= " + json.dumps(release, indent=2) + ";\n", "utf-8")
    worker = site / "sw.js"
    text = re.sub(r"// release \w+", f"// release {release['id']}", worker.read_text("utf-8"))
    worker.write_text(text, "utf-8")


def without_image(site: Path) -> Path:
    """Have a built site boot Python plainly, as where an image does not fit; return its folder."""
    release = read_release(site)
    del release["apps"]["datasette"]["image"]
    write_release(site, release)
    return site
