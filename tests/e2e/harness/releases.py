"""Other releases made of a built site: with an application or data more, and the one after it."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path

from building.built_release import read_release, write_release

NEXT_VERSION = "99.0.0"


def write_next_release(site: Path, output: Path) -> Path:
    """Copy a built site and make another release of the copy; return its folder.

    Our own Python pack gets another name, and the old one is gone, as after a real deployment;
    index.html says which release it belongs to.
    """
    shutil.copytree(site, output)
    release = read_release(output)
    release["version"] = NEXT_VERSION
    release["id"] = hashlib.sha256((release["id"] + NEXT_VERSION).encode()).hexdigest()[:16]

    for name in ("index.html", "404.html"):
        page = output / name
        page.write_text(page.read_text("utf-8") + f"\n<!-- release {NEXT_VERSION} -->\n", "utf-8")
    for file in release["shell"]:
        if file["path"] == "index.html":
            file.update(_facts(output, file["path"]))

    renamed: dict[str, dict[str, object]] = {}
    for app in release["apps"].values():
        app["packs"] = [_repack(output, pack, renamed) for pack in app["packs"]]
    write_release(output, release)
    return output


def set_own_plan(site: Path, plan: dict[str, object]) -> Path:
    """Have a built site open other data by itself, as its `lite.json` says; return its folder."""
    release = read_release(site)
    (site / "lite.json").write_text(json.dumps(plan), "utf-8")
    for file in release["shell"]:
        if file["path"] == "lite.json":
            file.update(_facts(site, file["path"]))
    write_release(site, release)
    return site


def add_application(site: Path, name: str, package: Path) -> None:
    """Ship one more application with a built site: a Python package with `app.create_app`.

    It appears as `?app=<name>`, from a pack of its own beside those of the FastAPI example.
    """
    files = sorted(package.glob("*.py"))
    contents = [file.read_bytes() for file in files]
    index = [[f"{package.name}/{f.name}", len(c)] for f, c in zip(files, contents, strict=True)]
    index_bytes = json.dumps(index).encode()
    data = gzip.compress(
        len(index_bytes).to_bytes(4, "little") + index_bytes + b"".join(contents), mtime=0
    )
    path = f"vendor/runtime/{name}.{hashlib.sha256(data).hexdigest()[:12]}.pack.gz"
    (site / path).write_bytes(data)
    release = read_release(site)
    packs = [*release["apps"]["fastapi"]["packs"], _facts(site, path)]
    release["apps"][name] = {"module": f"{package.name}.app", "title": name, "packs": packs}
    write_release(site, release)


def plugin_that_runs_data(site: Path, name: str) -> Path:
    """Have a built site's index say that a plugin makes code of data; return the site's folder."""
    release = read_release(site)
    file = release["plugins"]["index"]
    index = json.loads((site / file["path"]).read_text("utf-8"))
    index["runsData"].append(name)
    (site / file["path"]).write_text(json.dumps(index), "utf-8")
    file.update(_facts(site, file["path"]))
    write_release(site, release)
    return site


def _repack(
    site: Path, pack: dict[str, object], renamed: dict[str, dict[str, object]]
) -> dict[str, object]:
    """Compress one of our own packs differently, so that its name changes; others stay."""
    path = str(pack["path"])
    if not re.search(r"/py\.[0-9a-f]+\.pack\.gz$", path):
        return pack
    if path not in renamed:
        old = site / path
        data = gzip.compress(gzip.decompress(old.read_bytes()), compresslevel=3, mtime=0)
        digest = hashlib.sha256(data).hexdigest()
        new = old.with_name(f"py.{digest[:12]}.pack.gz")
        old.unlink()
        new.write_bytes(data)
        renamed[path] = _facts(site, new.relative_to(site).as_posix())
    return renamed[path]


def _facts(site: Path, path: str) -> dict[str, object]:
    data = (site / path).read_bytes()
    return {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
