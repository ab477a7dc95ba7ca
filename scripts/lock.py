"""Make the lock files again, for maintainers who change versions.

Usage: python3 scripts/lock.py

Edit scripts/locks/*.in or scripts/npm/package.json first, run this, read the difference,
run scripts/test.py, and commit the lock files with the change.
"""

import shutil
import tempfile
from pathlib import Path

from building.environment import ensure_environment, npm, pip
from building.files import sha256, write_atomically
from building.places import BUILD, LOCKS, NPM_SOURCES
from building.progress import run_script, step
from building.resolver import LOCK_PYTHON, make_lock_tools, resolve_for_browser, uv_compile
from building.wheels import TARGET

HEADER = "# Made by scripts/lock.py from {source}: do not edit.\n"

# They have no wheel for the browser and are built from source: see building/wheels.py.
FROM_SOURCE = {"markupsafe", "pyyaml"}

OLDEST_PYTHON = "3.11"


def main() -> int:
    """Write every lock file anew."""
    make_lock_tools()
    with step("Locking the browser's Python packages"):
        base = resolve_for_browser(LOCKS / "base.in")
        fastapi = resolve_for_browser(LOCKS / "fastapi.in", LOCKS / "base.in")
        xlsx = resolve_for_browser(LOCKS / "xlsx.in", LOCKS / "base.in")
        micropip = resolve_for_browser(LOCKS / "micropip.in", LOCKS / "base.in")
        _lock_wheels("base", base)
        _lock_wheels("fastapi", {n: v for n, v in fastapi.items() if base.get(n) != v})
        _lock_wheels("xlsx", {n: v for n, v in xlsx.items() if base.get(n) != v})
        _lock_wheels("micropip", {n: v for n, v in micropip.items() if base.get(n) != v})
        _lock_sdists({name: base[name] for name in FROM_SOURCE})
    for name in ("tools", "dev"):
        with step(f"Locking {name}"):
            _lock_native(name, base | fastapi | xlsx)
    ensure_environment("tools")  # npm comes with it
    with step("Locking npm packages"):
        _lock_npm()
    return 0


def _lock_wheels(name: str, pins: dict[str, str]) -> None:
    wanted = {n: v for n, v in pins.items() if n not in FROM_SOURCE}
    _write_lock(name, _download_each(wanted, TARGET))


def _lock_sdists(pins: dict[str, str]) -> None:
    from_source = ["--no-binary=:all:", "--no-build-isolation"]
    _write_lock("sdists", _download_each(pins, from_source))


def _download_each(pins: dict[str, str], options: list[str]) -> str:
    """Return lock lines holding only the hash of the one file that will be used."""
    lines = []
    for name, version in sorted(pins.items()):
        with tempfile.TemporaryDirectory() as folder:
            pinned = f"{name}=={version}"
            pip(["download", "--no-deps", *options, "-d", folder, pinned], python=LOCK_PYTHON)
            (file,) = Path(folder).iterdir()
            lines.append(f"{name}=={version} --hash=sha256:{sha256(file.read_bytes())}\n")
    return "".join(lines)


def _lock_native(name: str, browser: dict[str, str]) -> None:
    """Lock packages for this machine's kind of Python, at the browser's versions where shared."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write("".join(f"{n}=={v}\n" for n, v in browser.items()))
        constraints.flush()
        lines = uv_compile(
            "--universal",
            f"--python-version={OLDEST_PYTHON}",
            "--generate-hashes",
            "--no-annotate",
            f"--constraint={constraints.name}",
            LOCKS / f"{name}.in",
        )
    _write_lock(name, lines)


def _write_lock(name: str, lines: str) -> None:
    header = HEADER.format(source=f"scripts/locks/{name if name != 'sdists' else 'base'}.in")
    write_atomically(LOCKS / f"{name}.txt", (header + lines).encode())


def _lock_npm() -> None:
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        shutil.copyfile(NPM_SOURCES / "package.json", Path(folder) / "package.json")
        npm(["install", "--package-lock-only", "--omit-lockfile-registry-resolved"], Path(folder))
        shutil.copyfile(Path(folder) / "package-lock.json", NPM_SOURCES / "package-lock.json")


if __name__ == "__main__":
    run_script(main)
