"""The build's own Python environment, with every package pinned by hash.

Two sets: `tools` builds and serves the site, `dev` adds what the tests need.
"""

import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from building.commands import CommandError, run
from building.files import digest
from building.places import LOCKS, RECORDS, ROOT, VENV
from building.progress import BuildError
from building.records import ensure

PYTHON = VENV / "bin" / "python"
NODE = VENV / "bin" / "node"
NPM = VENV / "bin" / "npm"

PackageSet = Literal["tools", "dev"]


def ensure_environment(packages: PackageSet) -> None:
    """Make the environment and install one set of packages, unless it is there already."""
    created = digest("venv", sys.version, str(VENV))  # a venv cannot be moved
    if ensure("venv", "Making a Python environment", created, _create, needs=PYTHON):
        for other in ("tools", "dev"):
            (RECORDS / f"{other}.json").unlink(missing_ok=True)

    wanted = _installed_digest(packages, created)
    if packages == "tools" and _dev_is_installed(created):
        return
    title = {"tools": "Installing Python tools", "dev": "Installing Python tools for tests"}
    ensure(packages, title[packages], wanted, lambda: _install(packages))


def _installed_digest(packages: PackageSet, created: str) -> str:
    return digest(packages, created, LOCKS / f"{packages}.txt")


def _dev_is_installed(created: str) -> bool:
    """Whether the larger set is installed, which holds all of the smaller one."""
    record = RECORDS / "dev.json"
    return record.is_file() and _installed_digest("dev", created) in record.read_text("utf-8")


def _create() -> list[Path]:
    try:
        import ensurepip  # noqa: F401  (Debian packs it apart, in python3-venv)
    except ImportError:
        _install_python3_venv()
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", VENV])
    return []


def _install_python3_venv() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise BuildError(
            f"{sys.executable} cannot make environments because its ensurepip module is missing. "
            "On Debian and Ubuntu run `sudo apt-get install python3-venv`, then try again."
        )
    apt_install(["python3-venv"])


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian packages by name; needs root."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], env=quiet)
    run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], env=quiet)


def _install(packages: PackageSet) -> list[Path]:
    pip(["install", "--require-hashes", "-r", LOCKS / f"{packages}.txt"])
    return []


def pip(
    arguments: Sequence[str | Path],
    *,
    env: dict[str, str] | None = None,
    python: Path = PYTHON,
) -> None:
    """Run pip in an environment. Raises BuildError, in one sentence for a wrong hash."""
    quiet = ["--disable-pip-version-check", "--no-input"]
    try:
        run([python, "-m", "pip", *quiet, *arguments], env=env)
    except CommandError as error:
        raise _hash_mismatch(error.output, arguments) or error from None


def _hash_mismatch(output: str, arguments: Sequence[str | Path]) -> BuildError | None:
    """Read pip's report of a wrong hash; None when it failed for another reason."""
    if "DO NOT MATCH THE HASHES" not in output:
        return None
    file = re.search(r"^\s+(\S+) from (?:\S*/)?(\S+?)(?:#\S*)? ", output, re.MULTILINE)
    expected = re.findall(r"Expected\s+(?:sha256|or) ([0-9a-f]{64})", output)
    got = re.search(r"Got\s+([0-9a-f]{64})", output)
    lock = arguments[arguments.index("-r") + 1] if "-r" in arguments else LOCKS
    return BuildError(
        f"The downloaded file {file[2] if file else '(see above)'} has SHA-256 "
        f"{got[1] if got else 'unknown'}, but {_shown(Path(lock))} expects "
        f"{' or '.join(expected) or 'another'}: do not use it; if you changed versions, "
        "run `python3 scripts/lock.py`, otherwise find out who changed the file."
    )


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def npm(arguments: Sequence[str], folder: Path) -> None:
    """Run npm, which comes with the environment as Node.js does, in a folder."""
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    run([NPM, *arguments, *quiet], cwd=folder, env={"PATH": path})
