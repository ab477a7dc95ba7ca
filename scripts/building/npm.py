"""npm packages: Pyodide and what the site and its tests take from the npm registry."""

import json
import re
import shutil
from pathlib import Path

from building.commands import CommandError
from building.environment import npm
from building.files import digest
from building.places import NODE_MODULES, NPM, NPM_SOURCES, RECORDS, VENDOR
from building.progress import BuildError
from building.records import ensure

LOCK = NPM_SOURCES / "package-lock.json"


def ensure_npm(*, dev: bool) -> None:
    """Install the npm packages of the lock file; `dev` adds those that only tests use."""
    inputs = {kind: digest(kind, NPM_SOURCES / "package.json", LOCK) for kind in ("site", "dev")}
    full = RECORDS / "npm-dev.json"
    if not dev and full.is_file() and inputs["dev"] in full.read_text("utf-8"):
        return
    name, title = ("npm-dev", "npm packages for tests") if dev else ("npm-site", "npm packages")

    def install() -> list[Path]:
        # `npm ci` starts by emptying the folder, so what other records say of it ends.
        for other in ("npm-dev", "npm-site"):
            (RECORDS / f"{other}.json").unlink(missing_ok=True)
        _npm_ci(dev=dev)
        return []

    ensure(
        name,
        f"Fetching {title} ({_count(dev=dev)})",
        inputs["dev" if dev else "site"],
        install,
        needs=NODE_MODULES / "pyodide",
    )


def _count(*, dev: bool) -> int:
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return sum(
        1
        for name, package in packages.items()
        if name and not package.get("optional") and (dev or not package.get("dev"))
    )


def _npm_ci(*, dev: bool) -> None:
    NPM.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(NPM_SOURCES / name, NPM / name)
    try:
        npm(["ci"] if dev else ["ci", "--omit=dev"], NPM)
    except CommandError as error:
        raise _integrity_error(error.output) or error from None


def _integrity_error(output: str) -> BuildError | None:
    found = re.search(r"wanted (\S+) but got (\S+?)\.?(?:\s|$)", output)
    if "EINTEGRITY" not in output or found is None:
        return None
    wanted, got = found[1], found[2]
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    name = next((n for n, p in packages.items() if p.get("integrity") == wanted), "a package")
    return BuildError(
        f"The downloaded file of {name.removeprefix('node_modules/')} has the integrity {got}, "
        f"but scripts/npm/package-lock.json expects {wanted}: do not use it; if you changed "
        "versions, run `python3 scripts/lock.py`, otherwise find out who changed the file."
    )


def npm_version(package: str) -> str:
    """Return the version of an npm package that the lock file pins."""
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    version: str = packages[f"node_modules/{package}"]["version"]
    return version


def ensure_npm_files() -> None:
    """Put into vendor/ what the site takes from npm packages, with types for tsc."""
    source = Path(__file__)
    ensure("pyodide", "Copying Pyodide", digest(LOCK, source), _copy_pyodide)
    ensure("idb", "Copying idb", digest(LOCK, source), _copy_idb)
    ensure("parquet", "Copying hyparquet", digest(LOCK, source), _copy_parquet)
    ensure("zstddec", "Copying zstddec", digest(LOCK, source), _copy_zstddec)


def _copy_pyodide() -> list[Path]:
    package, target = NODE_MODULES / "pyodide", VENDOR / "pyodide"
    _fresh_folder(target)
    for name in ("pyodide.mjs", "pyodide.asm.mjs"):
        shutil.copyfile(package / name, target / name)
    # TypeScript looks for the types of x.mjs in x.d.mts.
    shutil.copyfile(package / "pyodide.d.ts", target / "pyodide.d.mts")
    (target / "pyodide.asm.d.mts").write_text(ASM_TYPES, encoding="utf-8")
    return [target / "pyodide.mjs", target / "pyodide.asm.mjs"]


# The compiled module is 1.2 MB of JavaScript without types: tsc need not read it.
ASM_TYPES = """\
/** Emscripten's factory: boots the interpreter's WebAssembly module. */
declare const createPyodideModule: (settings?: object) => Promise<unknown>;
export default createPyodideModule;
"""


def _copy_idb() -> list[Path]:
    package, target = NODE_MODULES / "idb" / "build", VENDOR / "npm" / "idb"
    _fresh_folder(target)
    shutil.copyfile(package / "index.js", target / "index.js")
    for types in package.glob("*.d.ts"):
        shutil.copyfile(types, target / types.name)
    return [target / "index.js"]


def _copy_zstddec() -> list[Path]:
    package, target = NODE_MODULES / "zstddec" / "dist", VENDOR / "npm" / "zstddec"
    _fresh_folder(target)
    for name in ("zstddec-stream.mjs", "zstddec-stream.d.mts"):
        shutil.copyfile(package / name, target / name)
    return [target / "zstddec-stream.mjs"]


#: The Parquet reader and its decompressors: package, folder of its modules, its main module.
PARQUET = {
    "hyparquet": ("src", "index.js"),
    "hyparquet-compressors": ("src", "index.js"),
    "hysnappy": ("js", "index.js"),
    "fzstd": ("esm", "index.mjs"),
}


def _copy_parquet() -> list[Path]:
    """Copy the packages side by side, with the names they import each other by made paths.

    A service worker has no import map, and nothing is bundled here.
    """
    copied = []
    for package, (folder, _) in PARQUET.items():
        target = VENDOR / "npm" / package
        _fresh_folder(target)
        for module in sorted((NODE_MODULES / package / folder).glob("*js")):
            if module.name == "node.js":  # reads files of Node's
                continue
            text = module.read_text(encoding="utf-8")
            (target / module.name).write_text(_with_paths(text), encoding="utf-8")
            copied.append(target / module.name)
        _write_parquet_types(package, target)
    return copied


def _with_paths(module: str) -> str:
    def path(found: re.Match[str]) -> str:
        package = found[2]
        return f"{found[1]}../{package}/{PARQUET[package][1]}{found[3]}"

    names = "|".join(PARQUET)
    return re.sub(rf"(\bfrom\s*['\"])({names})(['\"])", path, module)


def _write_parquet_types(package: str, target: Path) -> None:
    if package == "hyparquet":
        folder = NODE_MODULES / package
        for types in (*(folder / "types").glob("*.d.ts"), folder / "src" / "types.d.ts"):
            text = types.read_text(encoding="utf-8").replace("../src/types.d.ts", "./types.d.ts")
            (target / types.name).write_text(text, encoding="utf-8")
    elif package == "hyparquet-compressors":
        shutil.copyfile(NODE_MODULES / package / "src" / "index.d.ts", target / "index.d.ts")


def _fresh_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
