"""Where things lie: every folder that the build reads or writes."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "scripts"
LOCKS = SCRIPTS / "locks"
NPM_SOURCES = SCRIPTS / "npm"
PY_SOURCES = ROOT / "py"

BUILD = ROOT / "build"  # tools and caches, never served as they are
VENV = BUILD / "venv"
NPM = BUILD / "npm"
NODE_MODULES = NPM / "node_modules"
WHEELS = BUILD / "wheels"
RECORDS = BUILD / "records"
SITE = BUILD / "site"

VENDOR = ROOT / "vendor"  # generated and served


def project_version() -> str:
    """Return project.version from pyproject.toml, the version of every release."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version: str = tomllib.loads(text)["project"]["version"]
    return version
