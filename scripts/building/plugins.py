"""vendor/plugins/: the wheels of verified plugins, and the site's own index of them.

plugins-allowlist.json says which. Each wheel keeps its name, in a folder named by its hash, so
that it can be kept for ever. The index is one file, since a visitor with a plugin needs one answer
from it, not one for each project; loader/worker/plugin-index.js makes PEP 691 pages of it.
"""

import json
import re
import shutil
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from building.files import digest, sha256, write_atomically
from building.places import BUILD, LOCKS, ROOT, VENDOR, WHEELS
from building.progress import BuildError
from building.records import ensure
from building.wheels import fetch_wheels

ALLOWLIST = ROOT / "plugins-allowlist.json"
PLUGINS = VENDOR / "plugins"
LOCK = BUILD / "plugins.txt"

#: The start page's picker: what people choose by, and nothing else.
PICKER = PLUGINS / "picker.json"

#: Of a wheel's METADATA, what an installer reads.
FOR_INSTALLERS = re.compile(r"(Metadata-Version|Name|Version|Requires-\w+|Provides-Extra): ")

Wheel = dict[str, str]


def ensure_plugins() -> None:
    """Fetch the wheels of every verified plugin and make the index and the picker's list."""
    plugins = verified_plugins()
    tried = _entries("unavailable")
    wheels = listed_wheels(plugins)
    write_atomically(LOCK, _lock_text(wheels).encode())
    ensure(
        "wheels-plugins",
        f"Fetching Python wheels of plugins ({len(wheels)})",
        digest(LOCK, Path(__file__)),
        partial(fetch_wheels, LOCK, WHEELS / "plugins"),
    )
    ensure(
        "plugins",
        "Writing the index of plugins",
        digest(ALLOWLIST, Path(__file__)),
        lambda: _write(plugins, tried, wheels),
    )


def verified_plugins() -> list[dict[str, Any]]:
    """Return the entries of verified plugins. Raises BuildError where the file is no JSON."""
    return _entries("plugins")


def _entries(part: str) -> list[dict[str, Any]]:
    try:
        entries: list[dict[str, Any]] = json.loads(ALLOWLIST.read_text("utf-8"))[part]
    except (OSError, ValueError, KeyError) as error:
        raise BuildError(f"Could not read {ALLOWLIST.name}: {error!r}. Correct it.") from error
    return entries


def listed_wheels(plugins: list[dict[str, Any]]) -> dict[str, Wheel]:
    """Return all wheels that the plugins need, by project.

    Raises BuildError for a project that is there in two versions, or is Datasette's own: any two
    plugins must get along, and none may change what Datasette runs on.
    """
    wheels: dict[str, Wheel] = {}
    base = _base_set()
    for plugin in plugins:
        for wheel in plugin["wheels"]:
            name = wheel["name"]
            if name in base:
                raise BuildError(
                    f"{ALLOWLIST.name} lists {name} for {plugin['name']}, which is a part of "
                    "Datasette's own set: take it out there."
                )
            if wheels.setdefault(name, wheel) != wheel:
                raise BuildError(
                    f"{ALLOWLIST.name} lists {name} {wheels[name]['version']} and, for "
                    f"{plugin['name']}, {wheel['version']}: choose one version for all."
                )
    return wheels


def _base_set() -> set[str]:
    texts = [(LOCKS / f"{name}.txt").read_text("utf-8") for name in ("base", "sdists")]
    return {name for text in texts for name in re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)}


def _lock_text(wheels: Mapping[str, Wheel]) -> str:
    return "".join(
        f"{name}=={wheel['version']} --hash=sha256:{wheel['sha256']}\n"
        for name, wheel in sorted(wheels.items())
    )


def _write(
    plugins: list[dict[str, Any]], tried: list[dict[str, Any]], wheels: Mapping[str, Wheel]
) -> list[Path]:
    """Return the index, the picker's list, then the wheels. tried: the plugins that do not work."""
    fetched = {sha256(path.read_bytes()): path for path in (WHEELS / "plugins").glob("*.whl")}
    shutil.rmtree(PLUGINS, ignore_errors=True)
    placed = {}
    for name, wheel in sorted(wheels.items()):
        source = fetched[wheel["sha256"]]
        if source.name != wheel["filename"]:
            raise BuildError(
                f"{ALLOWLIST.name} calls the wheel of {name} {wheel['filename']}, but it is "
                f"{source.name}: correct it."
            )
        placed[name] = PLUGINS / wheel["sha256"][:12] / source.name
        write_atomically(placed[name], source.read_bytes())
    index = json.dumps(
        {
            "plugins": {p["name"]: [wheel["name"] for wheel in p["wheels"]] for p in plugins},
            "tried": {p["name"]: _verdict(p) for p in tried},
            "runsData": [p["name"] for p in plugins if p.get("runs_data")],
            "wheels": {name: _described(wheels[name], path) for name, path in placed.items()},
        },
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()
    index_path = PLUGINS / f"index.{sha256(index)[:12]}.json"
    write_atomically(index_path, index)
    write_atomically(PICKER, _picker(plugins))
    return [index_path, PICKER, *placed.values()]


def _verdict(tried: dict[str, Any]) -> dict[str, str]:
    """Return what visitors are told who ask for it; Markdown is for the README."""
    verdict = {"version": tried["version"], "reason": tried["reason"].replace("`", "")}
    return verdict | ({"instead": tried["instead"]} if "instead" in tried else {})


def _described(wheel: Wheel, path: Path) -> dict[str, Any]:
    """Return what the index says of a wheel. path: where it is, within the site."""
    return {
        "version": wheel["version"],
        "path": path.relative_to(ROOT).as_posix(),
        "size": path.stat().st_size,
        "sha256": wheel["sha256"],
        "metadata": _installer_metadata(path),
    }


def _installer_metadata(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        headers = archive.read(name).decode("utf-8", "replace").replace("\r\n", "\n")
    lines = headers.partition("\n\n")[0].splitlines()
    return "".join(f"{line}\n" for line in lines if FOR_INSTALLERS.match(line))


def _picker(plugins: list[dict[str, Any]]) -> bytes:
    shown = [{key: plugin[key] for key in ("name", "category", "adds")} for plugin in plugins]
    return json.dumps(shown, separators=(",", ":"), ensure_ascii=False).encode()
