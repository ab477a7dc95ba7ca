"""Which versions a browser would install: uv decides, for pip cannot for other platforms."""

import re
import sys
from pathlib import Path

from building.commands import Word, run
from building.environment import pip
from building.places import BUILD
from building.progress import step

# setuptools reads sdists.
LOCK_TOOLS = ["uv==0.13.9", "setuptools==84.2.1"]
LOCK_VENV = BUILD / "lock-venv"
LOCK_PYTHON = LOCK_VENV / "bin" / "python"

# Datasette names pip and setuptools for its `install` command, which a browser has no use for.
NOT_IN_THE_BROWSER = {"pip", "setuptools"}


def make_lock_tools() -> None:
    """Make the environment that uv is in."""
    with step("Making the tools that lock"):
        run([sys.executable, "-m", "venv", LOCK_VENV])
        pip(["install", *LOCK_TOOLS], python=LOCK_PYTHON)


def uv_compile(*arguments: str | Path) -> str:
    """Return what `uv pip compile` makes of its arguments. Raises CommandError."""
    command: list[Word] = [
        LOCK_PYTHON,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--no-header",
        "--upgrade",
    ]
    return run([*command, *arguments], env={"UV_PYTHON_DOWNLOADS": "never"})


def resolve_for_browser(*arguments: str | Path) -> dict[str, str]:
    """Return the versions that a Pyodide of this kind would install, by name.

    arguments: files of requirements, and options of `uv pip compile`. Raises CommandError.
    """
    resolved = uv_compile(
        "--python-version=3.14", "--python-platform=wasm32-pyodide2025", "--no-annotate", *arguments
    )
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)$", resolved, re.MULTILINE))
    return {name: version for name, version in pins.items() if name not in NOT_IN_THE_BROWSER}
