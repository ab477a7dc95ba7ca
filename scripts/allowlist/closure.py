"""The wheels that a plugin needs beyond Datasette's own, as the index has them now."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from allowlist.entries import Entry
from building.commands import CommandError
from building.environment import pip
from building.files import sha256
from building.places import BUILD, LOCKS
from building.resolver import LOCK_PYTHON, make_lock_tools, resolve_for_browser

#: Downloads for trials, kept: a second trial of the same plugin needs no network.
CANDIDATES = BUILD / "wheels" / "candidates"

#: Any platform: the list has no compiled code.
ANYWHERE = ["--only-binary=:all:", "--platform=any", "--python-version=314", "--implementation=py"]


class ClosureError(Exception):
    """A plugin cannot be installed in a browser; the message says which package is why."""


@dataclass(frozen=True)
class Wheel:
    """One wheel. path: where it was downloaded to."""

    name: str
    version: str
    path: Path

    def entry(self) -> dict[str, str]:
        """What the list says of it."""
        return {
            "name": self.name,
            "version": self.version,
            "filename": self.path.name,
            "sha256": sha256(self.path.read_bytes()),
        }


def plugin_wheels(requirement: str, entries: Sequence[Entry]) -> list[Wheel]:
    """Return a plugin's wheel and those that it needs beyond the base set, its own first.

    requirement: a name, or a name and a version, as `datasette-write==0.5a0`.
    entries: of the list, which has one version of each package: those that others need are kept to
    where that is possible.
    Raises ClosureError when no versions get along with the base set, or one has no such wheel.
    """
    name = re.split(r"[=<>!~ \[]", requirement, maxsplit=1)[0]
    if not LOCK_PYTHON.is_file():
        make_lock_tools()
    base = _base_set()
    others = [wheel for each in entries if each["name"] != name for wheel in each["wheels"]]
    listed = {wheel["name"]: wheel["version"] for wheel in others if wheel["name"] != name}
    try:
        pins = _resolved(requirement, {**listed, **base})
    except CommandError:
        # It needs another version of something: that is for whoever keeps the list to decide.
        try:
            pins = _resolved(requirement, base)
        except CommandError as error:
            raise ClosureError(f"No versions get along: {_because(error.output)}") from error
    beyond = {n: v for n, v in pins.items() if n not in base}
    order = sorted(beyond, key=lambda each: (each != name, each))
    return [_download(each, beyond[each]) for each in order]


def _resolved(requirement: str, versions: Mapping[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        constraints, wanted = Path(folder) / "versions.txt", Path(folder) / "plugin.in"
        constraints.write_text("".join(f"{n}=={v}\n" for n, v in versions.items()))
        wanted.write_text(f"{requirement}\n")
        return resolve_for_browser(
            wanted, "-c", constraints, "--prerelease=if-necessary-or-explicit"
        )


def _base_set() -> dict[str, str]:
    texts = [(LOCKS / f"{name}.txt").read_text("utf-8") for name in ("base", "sdists")]
    return dict(pin for text in texts for pin in re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", text))


def _because(output: str) -> str:
    """What uv gives as the reason, without its hints."""
    reason = re.search(r"cause: (.*?)(?:\n\s*\n|$)", output, re.DOTALL)
    return re.sub(r"\s+", " ", reason[1] if reason else output)[:600]


def _download(name: str, version: str) -> Wheel:
    folder = CANDIDATES / f"{name}-{version}"
    if not list(folder.glob("*.whl")):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            pip(["download", "--no-deps", *ANYWHERE, "-d", folder, f"{name}=={version}"])
        except CommandError as error:
            raise ClosureError(
                f"{name} {version} has no wheel without compiled code on the index."
            ) from error
    (path,) = folder.glob("*.whl")
    return Wheel(name, version, path)
