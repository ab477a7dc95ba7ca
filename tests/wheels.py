"""Wheels made for tests: small packages with what an installer reads of them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TestWheel:
    """A package to be installed.

    name: with hyphens. needs: requirements. files: text by path; plugin: the module that Datasette
    is to load; tag: of the platform.
    """

    __test__ = False  # pytest: no test class

    name: str
    version: str = "1.0"
    needs: Sequence[str] = ()
    extras: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    plugin: str = ""
    tag: str = "py3-none-any"

    @property
    def module(self) -> str:
        """Its name as a module's."""
        return self.name.replace("-", "_")

    @property
    def filename(self) -> str:
        """As an index names it."""
        return f"{self.module}-{self.version}-{self.tag}.whl"

    @property
    def metadata(self) -> str:
        """Its METADATA (core metadata 2.1)."""
        lines = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        lines += [f"Requires-Dist: {each}" for each in self.needs]
        for extra, needs in self.extras.items():
            lines.append(f"Provides-Extra: {extra}")
            lines += [f"Requires-Dist: {each} ; extra == '{extra}'" for each in needs]
        return "\n".join(lines) + "\n\nFor tests.\n"

    @property
    def content(self) -> bytes:
        """The file itself: the same bytes each time."""
        folder = f"{self.module}-{self.version}.dist-info"
        files = {
            **self.files,
            f"{folder}/METADATA": self.metadata,
            f"{folder}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {self.tag}\n",
        }
        if self.plugin:
            point = f"[datasette]\n{self.module.removeprefix('datasette_')} = {self.plugin}\n"
            files[f"{folder}/entry_points.txt"] = point
        record = f"{folder}/RECORD"
        files[record] = "".join(f"{path},,\n" for path in [*files, record])
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for path, text in files.items():
                archive.writestr(zipfile.ZipInfo(path), text)
        return made.getvalue()

    @property
    def sha256(self) -> str:
        """Of the file, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def index_page(name: str, wheels: Mapping[str, TestWheel], *, metadata: bool) -> dict[str, object]:
    """A project's page in a simple index (PEP 691).

    wheels: by their addresses. metadata: whether these are beside the wheels (PEP 658).
    """
    return {
        "meta": {"api-version": "1.1"},
        "name": name,
        "versions": [wheel.version for wheel in wheels.values()],
        "files": [
            {
                "filename": wheel.filename,
                "url": url,
                "hashes": {"sha256": wheel.sha256},
                "size": len(wheel.content),
                "yanked": False,
                **({"core-metadata": True} if metadata else {}),
            }
            for url, wheel in wheels.items()
        ],
    }
