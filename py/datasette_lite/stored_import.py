"""What importing a plan's sources led to, as it is stored: no start imports the same data again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from datasette_lite.databases import OpenedDatabase
from datasette_lite.errors import DownloadError, LiteError, revive
from datasette_lite.importers.import_source import (
    FoundDatabase,
    Imported,
    ImportedTable,
    ImportSource,
)
from datasette_lite.launch import LoadedSource


@dataclass
class StoredImport:
    """The databases that an import made or found, and what there is to say about it.

    sources: what was imported, as the loader gave it, in the order of `imports`.
    """

    databases: list[OpenedDatabase] = field(default_factory=list)
    imports: list[Imported] = field(default_factory=list)
    sources: list[LoadedSource] = field(default_factory=list)
    faults: list[LiteError] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether another try would lead to the same."""
        return not any(
            isinstance(fault, DownloadError) or fault.code == "file-not-here"
            for fault in self.faults
        )

    def dump(self) -> str:
        """All of it as JSON."""
        return json.dumps(
            {
                "databases": [asdict(each) for each in self.databases],
                "imports": [asdict(each) for each in self.imports],
                "sources": [asdict(each) for each in self.sources],
                "faults": [each.fault() for each in self.faults],
            }
        )

    @classmethod
    def load(cls, text: str) -> Self:
        """What `dump` gave."""
        given = json.loads(text)
        return cls(
            databases=[_opened(each) for each in given["databases"]],
            imports=[_imported(each) for each in given["imports"]],
            sources=[LoadedSource(**each) for each in given["sources"]],
            faults=[revive(each) for each in given["faults"]],
        )


def _opened(given: dict[str, Any]) -> OpenedDatabase:
    source = given.pop("source")
    return OpenedDatabase(**given, source=LoadedSource(**source) if source else None)


def _imported(given: dict[str, Any]) -> Imported:
    return Imported(
        source=ImportSource(**given["source"]),
        tables=[ImportedTable(**each) for each in given["tables"]],
        databases=[FoundDatabase(**each) for each in given["databases"]],
        facts=given["facts"],
        detected=given["detected"],
    )
