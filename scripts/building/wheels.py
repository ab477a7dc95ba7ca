"""Python packages for the browser: wheels that Pyodide can run, pinned by hash.

base: what Datasette needs. fastapi, xlsx, micropip: what these need besides. sdists: packages
without a wheel for the browser, built here as pure Python from their pinned sources.
"""

import re
import shutil
from functools import partial
from pathlib import Path

from building.environment import pip
from building.files import digest, sha256
from building.places import LOCKS, WHEELS
from building.progress import BuildError
from building.records import ensure

# The tags of Pyodide 314: Emscripten ABI 2026_0, CPython 3.14.
TARGET = [
    "--only-binary=:all:",
    "--platform=pyemscripten_2026_0_wasm32",
    "--python-version=314",
    "--implementation=cp",
    "--abi=cp314",
]

# Both packages have an optional C part and do without it when told so:
# MarkupSafe goes on when its compiler fails, PyYAML when libyaml is ruled out.
PURE_PYTHON = {"CC": "false", "PYYAML_FORCE_LIBYAML": "0"}

SETS = ("base", "fastapi", "xlsx", "micropip", "sdists")

FETCHED = {
    "base": "Python wheels",
    "fastapi": "Python wheels for FastAPI",
    "xlsx": "Python wheels for Excel workbooks",
    "micropip": "micropip",
}


def ensure_wheels() -> None:
    """Fetch and build every wheel that the packs are made of."""
    source = Path(__file__)
    for name, title in FETCHED.items():
        lock = LOCKS / f"{name}.txt"
        ensure(
            f"wheels-{name}",
            f"Fetching {title} ({len(_pinned(lock))})",
            digest(lock, source),
            partial(fetch_wheels, lock, WHEELS / name),
        )
    lock = LOCKS / "sdists.txt"
    ensure(
        "wheels-sdists",
        f"Building pure Python wheels ({len(_pinned(lock))})",
        digest(lock, LOCKS / "tools.txt", source),
        partial(_build, lock, WHEELS / "sdists"),
    )


def wheels_for(name: str) -> list[Path]:
    """Return the wheels of one set, sorted by name, the fetched ones verified once more."""
    wheels = sorted((WHEELS / name).glob("*.whl"))
    pinned = _pinned(LOCKS / f"{name}.txt")
    for wheel in wheels if name != "sdists" else []:
        found = sha256(wheel.read_bytes())
        if found not in pinned:
            raise BuildError(
                f"{wheel} has SHA-256 {found}, which scripts/locks/{name}.txt does not expect: "
                "delete the file and run this again."
            )
    return wheels


def pinned_version(package: str) -> str:
    """Return the version of a package in the base set."""
    found = re.search(rf"^{package}==(\S+)", (LOCKS / "base.txt").read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise BuildError(f"scripts/locks/base.txt names no {package}: run scripts/lock.py.")
    return found[1]


def _pinned(lock: Path) -> list[str]:
    return re.findall(r"--hash=sha256:([0-9a-f]{64})", lock.read_text(encoding="utf-8"))


def fetch_wheels(lock: Path, folder: Path) -> list[Path]:
    """Download the wheels of a lock file; pip verifies each hash, and so do we for kept files.

    Returns the wheels, and removes others from the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pinned = set(_pinned(lock))
    present = {sha256(wheel.read_bytes()): wheel for wheel in folder.glob("*.whl")}
    if not pinned <= present.keys():
        pip(["download", "--no-deps", "--require-hashes", *TARGET, "-d", folder, "-r", lock])
        present = {sha256(wheel.read_bytes()): wheel for wheel in folder.glob("*.whl")}
    for digest_found, wheel in present.items():
        if digest_found not in pinned:
            wheel.unlink()  # of an earlier lock file
    return [present[wanted] for wanted in sorted(pinned)]


def _build(lock: Path, folder: Path) -> list[Path]:
    shutil.rmtree(folder, ignore_errors=True)
    # No isolation: an isolated build would fetch its own setuptools without a hash.
    from_source = ["--no-binary=:all:", "--no-build-isolation", "--no-cache-dir"]
    pip(
        ["wheel", "--no-deps", "--require-hashes", *from_source, "-w", folder, "-r", lock],
        env=PURE_PYTHON,
    )
    built = sorted(folder.glob("*.whl"))
    for wheel in built:
        if not wheel.name.endswith("-none-any.whl"):
            raise BuildError(
                f"{wheel.name} was built with machine code, which the browser cannot "
                "run: see PURE_PYTHON in scripts/building/wheels.py for how that is prevented."
            )
    return built
