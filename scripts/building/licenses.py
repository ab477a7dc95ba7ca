"""vendor/licenses.txt: the licences of everything that the site passes on to visitors."""

import json
import re
import zipfile
from email.parser import BytesHeaderParser
from pathlib import Path

from building.files import digest, write_atomically
from building.npm import LOCK
from building.places import LOCKS, NODE_MODULES, ROOT, VENDOR
from building.plugins import LOCK as PLUGINS_LOCK
from building.records import ensure, made_by
from building.wheels import SETS, wheels_for

LICENSES = VENDOR / "licenses.txt"

LICENSE_FILE = re.compile(
    r"\.dist-info/(licenses/.+|(LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*)$", re.IGNORECASE
)

HEADING = """\
Datasette Lite is licensed under the Apache License 2.0: see LICENSE beside index.html.
It passes on the software below, each part under its own licence.
"""

# The package of Pyodide holds CPython and SQLite, and none of their licence files.
PYODIDE = """\
Pyodide {version}: {license}. Sources: {source}
It contains CPython (Python Software Foundation License, version 2) and SQLite (public domain).
"""

RULE = "\n" + "=" * 80 + "\n"


def ensure_licenses() -> None:
    """Write the licences of all wheels and npm packages that are served."""
    locks = [LOCK, PLUGINS_LOCK, *(LOCKS / f"{name}.txt" for name in SETS)]
    ensure("licenses", "Collecting licences", digest(*locks, Path(__file__)), _write)


def _write() -> list[Path]:
    wheels = [wheel for name in SETS for wheel in wheels_for(name)]
    wheels += [ROOT / file.path for file in made_by("wheels-plugins")]
    wheels.sort(key=lambda wheel: wheel.name)
    parts = [HEADING, _pyodide(), _npm_package("idb"), *(_wheel(wheel) for wheel in wheels)]
    write_atomically(LICENSES, RULE.join(parts).encode())
    return [LICENSES]


def _pyodide() -> str:
    facts = json.loads((NODE_MODULES / "pyodide" / "package.json").read_text("utf-8"))
    source = facts["repository"]["url"].removeprefix("git+").removesuffix(".git")
    return PYODIDE.format(version=facts["version"], license=facts["license"], source=source)


def _npm_package(name: str) -> str:
    folder = NODE_MODULES / name
    facts = json.loads((folder / "package.json").read_text("utf-8"))
    return f"{name} {facts['version']}\n\n{(folder / 'LICENSE').read_text('utf-8')}"


def _wheel(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        description = next(name for name in names if name.endswith(".dist-info/METADATA"))
        facts = BytesHeaderParser().parsebytes(archive.read(description))
        named = facts["License-Expression"] or facts["License"] or ""
        heading = f"{facts['Name']} {facts['Version']} {named.splitlines()[0] if named else ''}"
        texts = [
            archive.read(name).decode("utf-8", "replace")
            for name in sorted(names)
            if LICENSE_FILE.search(name)
        ]
    return "\n\n".join([heading.rstrip(), *texts])
