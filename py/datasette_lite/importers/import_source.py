"""What goes into an import and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from datasette_lite.database_names import file_name_of
from datasette_lite.errors import Fault

#: The options that bring something to import. `data` may be anything.
SourceKind = Literal["csv", "tsv", "json", "sql", "xlsx", "parquet", "data"]
SOURCE_KINDS: tuple[SourceKind, ...] = get_args(SourceKind)


@dataclass(frozen=True)
class ImportSource:
    """One file to import.

    kind: the option it came by; `data` lets the content decide.
    value: the link as the visitor wrote it, for messages.
    url: the address that was fetched, which names the table; a local file's name, percent-encoded.
    path: the downloaded file; None when the download failed, and then `fault` says why.
    settings: as in the link, see `import_settings`.
    """

    kind: SourceKind
    value: str
    url: str
    path: str | None
    settings: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None

    @property
    def name(self) -> str:
        """What to call the file in messages."""
        return file_name_of(self.url)


@dataclass(frozen=True)
class ImportedTable:
    """A table that an import made or added rows to."""

    name: str
    rows: int


@dataclass(frozen=True)
class FoundDatabase:
    """A SQLite file that was found where tables were expected, to be opened as a database.

    name: of the file, also within an archive.
    path: where it is now; unpacked, if it was packed.
    """

    name: str
    path: str


@dataclass
class Imported:
    """What became of one source.

    facts: what was detected and decided, as short sentences for the visitor.
    detected: settings that, written in the link, would say the same.
    """

    source: ImportSource
    tables: list[ImportedTable] = field(default_factory=list)
    databases: list[FoundDatabase] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    detected: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all its tables."""
        return sum(table.rows for table in self.tables)


@dataclass(frozen=True)
class Progress:
    """How far an import is.

    index: of the source, in the order given.
    bytes_done, bytes_total: of its file. A second reading starts again from 0.
    """

    index: int
    source: ImportSource
    bytes_done: int
    bytes_total: int
    rows: int
