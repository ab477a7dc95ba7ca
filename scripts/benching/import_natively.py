"""Import one file with the site's own importers, on this machine's Python.

Usage: import_natively.py KIND FILE DATABASE
"""

import asyncio
import sys

from datasette_lite.importers.import_source import Imported, ImportSource, SourceKind
from datasette_lite.importers.import_sources import import_sources


def import_natively(kind: SourceKind, file: str, database: str) -> None:
    """Make a database of a file. Raises the LiteError that a visitor would read."""
    source = ImportSource(kind, file, file, file)
    (outcome,) = asyncio.run(import_sources(database, [source], lambda _: None))
    if not isinstance(outcome, Imported):
        raise outcome


if __name__ == "__main__":
    import_natively(*sys.argv[1:])  # type: ignore[arg-type]
