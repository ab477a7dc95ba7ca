"""vendor/release.js: what one release of the site consists of, for the service worker."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from building.bundles import LIBRARY
from building.files import digest, sha256
from building.image import image_facts
from building.npm import npm_version
from building.places import NODE_MODULES, project_version
from building.plugin_policy import plugin_policy
from building.records import MadeFile, made_by
from building.wheels import pinned_version

RELEASE_PATH = "vendor/release.js"

# The applications that the site ships: their module, their title and their packs.
APPS = {
    "datasette": ("datasette_lite.app", "Datasette", ("base", "py")),
    "fastapi": ("fastapi_example.app", "FastAPI example", ("base", "fastapi", "py")),
}

# Packs that only some plans need.
EXTRAS = ("xlsx", "micropip")

# Kept by the worker when it is installed. release.js itself cannot be listed, since it
# would have to name its own hash: the worker's own script holds what it says.
SHELL_FILES = ("index.html", "lite.json", "vendor/plugins/picker.json")
SHELL_FOLDERS = ("loader/", "icons/")
SOURCE_MAP = ".map"

TYPES = """\
// Made by scripts/building/release.py: do not edit.

/** @typedef {{ path: string, size: number, sha256: string }} ReleaseFile path: from the root */

/**
 * @typedef {{
 *   memory: ReleaseFile,
 *   pack: ReleaseFile,
 *   later: ReleaseFile,
 * }} ReleaseImage pack: files that are not in the memory; later: those of them that no first page
 *   needs
 */

/**
 * @typedef {{
 *   module: string,
 *   title: string,
 *   packs: ReleaseFile[],
 *   image?: ReleaseImage,
 * }} ReleaseApp
 */

/**
 * @typedef {{
 *   id: string,
 *   version: string,
 *   datasette: string,
 *   python: string,
 *   pyodide: string,
 *   shell: ReleaseFile[],
 *   program: ReleaseFile,
 *   wasm: ReleaseFile,
 *   plainWasm: ReleaseFile,
 *   stdlib: ReleaseFile,
 *   demo: ReleaseFile[],
 *   apps: { [name: string]: ReleaseApp },
 *   extras: { [name: string]: ReleaseFile },
 *   plugins: { index: ReleaseFile, publicIndex: string | null, onlyVerified: boolean },
 * }} Release id: 16 hex digits over every file of the site; program: what the worker
 *   imports, so that the browser keeps it; plainWasm: `wasm`, not compressed;
 *   plugins.publicIndex: one in place of the loader's own
 */

/** @type {Release} */
export const release = """


def release_script(files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Return the release's id and the text of vendor/release.js.

    files: every other file of the site, by path; sw.js as `bundles` gives it.
    """
    shell = [
        _described(path, files)
        for path in sorted(files)
        if path in SHELL_FILES or (path.startswith(SHELL_FOLDERS) and not path.endswith(SOURCE_MAP))
    ]
    facts = {
        "version": project_version(),
        "datasette": pinned_version("datasette"),
        "python": _python_version(),
        "pyodide": npm_version("pyodide"),
        "shell": _as_json(shell),
        "program": asdict(_described(LIBRARY["script"], files)),
        "wasm": asdict(made_by("wasm")[0]),
        "plainWasm": asdict(made_by("plain-wasm")[0]),
        "stdlib": asdict(made_by("stdlib")[0]),
        "demo": _as_json([*made_by("demo"), *made_by("showcase")]),
        "apps": {
            name: {
                "module": module,
                "title": title,
                "packs": _as_json(file for pack in packs for file in made_by(f"pack-{pack}")),
                **({"image": image_facts()} if name == "datasette" else {}),
            }
            for name, (module, title, packs) in APPS.items()
        },
        "extras": {name: asdict(made_by(f"pack-{name}")[0]) for name in EXTRAS},
        "plugins": {"index": asdict(made_by("plugins")[0]), **plugin_policy(files["lite.json"])},
    }
    contents = (f"{path} {sha256(data)}" for path, data in sorted(files.items()))
    identity = digest(json.dumps(facts), *contents)[:16]
    text = TYPES + json.dumps({"id": identity, **facts}, indent=2, ensure_ascii=False) + ";\n"
    return identity, text.encode()


def _described(path: str, files: Mapping[str, bytes]) -> MadeFile:
    return MadeFile(path, len(files[path]), sha256(files[path]))


def worker_script(bundle: bytes, script: bytes) -> bytes:
    """Return sw.js, told its release.

    bundle: the joined worker, or a sw.js made before; script: the text of vendor/release.js.
    Within one file they cannot come from two releases, and browsers, which look for a new release
    by comparing the worker's bytes, find it.
    """
    release = json.dumps({"release": read_release_script(script)}, ensure_ascii=False)
    _, _, rest = bundle.partition(b"\n")
    return f"'use strict'; self.datasetteLite = {release};\n".encode() + rest


def read_release_script(script: bytes) -> dict[str, Any]:
    """Return what the text of vendor/release.js says."""
    text = script.decode()
    release: dict[str, Any] = json.loads(text[text.index("= {") + 2 :].rstrip().rstrip(";"))
    return release


def _as_json(files: Iterable[MadeFile]) -> list[dict[str, object]]:
    return [asdict(file) for file in files]


def _python_version() -> str:
    lock = json.loads((NODE_MODULES / "pyodide" / "pyodide-lock.json").read_text("utf-8"))
    version: str = lock["info"]["python"]
    return version


def release_files() -> list[MadeFile]:
    """Return the files of vendor/ that are served, without release.js."""
    names = [
        "wasm",
        "plain-wasm",
        "stdlib",
        "demo",
        "showcase",
        "licenses",
        "image",
        "plugins",
    ]
    packs = sorted(
        {f"pack-{pack}" for _, _, packs in APPS.values() for pack in packs}
        | {f"pack-{name}" for name in EXTRAS}
    )
    return [file for name in (*names, *packs) for file in made_by(name)]
