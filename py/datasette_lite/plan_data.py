"""Everything that a plan's sources bring: databases, imported tables, configuration, faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from datasette_lite.database_names import database_name
from datasette_lite.databases import OpenedDatabase, open_source
from datasette_lite.errors import LiteError, revive
from datasette_lite.importers.configuration import Configuration, configuration_of, parse_config
from datasette_lite.importers.foreign_code import (
    ForeignCode,
    code_texts,
    code_urls,
    without_code,
)
from datasette_lite.importers.import_source import Imported, ImportSource, SourceKind
from datasette_lite.importers.import_sources import OnProgress, Outcome, import_each
from datasette_lite.importers.parquet_rows import ParquetReader
from datasette_lite.launch import LoadedSource
from datasette_lite.page_files import PageFiles, page_file_texts, unpack_page_files
from datasette_lite.storage import PlanStorage
from datasette_lite.stored_import import StoredImport

#: The database that imported tables go into; Datasette Lite has always called it so.
IMPORTED = "data"

CONFIGURATION_OPTIONS = ("metadata", "config")
TEMPLATES_OPTION = "templates"
NO_DATA_OPTIONS = (*CONFIGURATION_OPTIONS, TEMPLATES_OPTION)


@dataclass
class PlanData:
    """What became of a plan's sources.

    imports: the sources that were imported into the database `data`.
    imported_sources: the same as the loader gave them.
    refused_code: configuration whose code was left out, and templates that were, as the visitor did
    not agree to them.
    fresh_import: what was imported just now, if anything was.
    """

    databases: list[OpenedDatabase] = field(default_factory=list)
    imports: list[Imported] = field(default_factory=list)
    imported_sources: list[LoadedSource] = field(default_factory=list)
    configuration: Configuration = field(default_factory=Configuration)
    refused_code: list[ForeignCode] = field(default_factory=list)
    page_files: PageFiles | None = None
    faults: list[LiteError] = field(default_factory=list)
    fresh_import: StoredImport | None = None


async def load_plan_data(
    sources: Sequence[LoadedSource],
    folder: str,
    on_progress: OnProgress,
    parquet: ParquetReader | None = None,
    storage: PlanStorage | None = None,
    stored: StoredImport | None = None,
) -> PlanData:
    """Open, import and read every source, each on its own: a bad one leaves the others.

    folder: for the database of imported tables.
    stored: what the import led to before, whose databases are there; then nothing is imported.
    """
    data = PlanData()
    names: list[str] = []
    imported = [each for each in sources if each.option not in ("url", *NO_DATA_OPTIONS)]
    if imported:
        names.append(IMPORTED)
    for source in sources:
        if source.option == "url":
            await _open(data, source, source.name, names, storage)
    if imported:
        found = stored or await _import(imported, folder, names, on_progress, parquet, storage)
        data.databases += found.databases
        data.imports += found.imports
        data.imported_sources += found.sources
        data.faults += found.faults
        data.fresh_import = None if stored else found
    _configure(data, [each for each in sources if each.option in CONFIGURATION_OPTIONS])
    for source in sources:
        if source.option == TEMPLATES_OPTION:
            _add_page_files(data, source)
    return data


async def _open(
    data: PlanData | StoredImport,
    source: LoadedSource,
    file_name: str,
    names: list[str],
    storage: PlanStorage | None,
) -> None:
    # A bad source keeps its name from the others: once it is good again, links to them hold.
    names.append(database_name(source.settings.get("name") or file_name, names))
    try:
        data.databases.append(await open_source(source, names[-1], storage))
    except LiteError as fault:
        data.faults.append(fault)


async def _import(
    sources: Sequence[LoadedSource],
    folder: str,
    names: list[str],
    on_progress: OnProgress,
    parquet: ParquetReader | None,
    storage: PlanStorage | None,
) -> StoredImport:
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = f"{folder.rstrip('/')}/{IMPORTED}.db"
    found = StoredImport()
    if storage:
        storage.begin_import(path)
    outcomes: dict[int, Outcome] = {}
    wanted = [_import_source(each) for each in sources]
    async for index, outcome in import_each(path, wanted, on_progress, parquet=parquet):
        outcomes[index] = outcome
        # The files are in memory: each leaves it as soon as it can.
        _forget_file(sources[index], outcome)
    for index, source in enumerate(sources):
        outcome = outcomes[index]
        if isinstance(outcome, LiteError):
            found.faults.append(outcome)
            continue
        for database in outcome.databases:
            opened = replace(source, value=database.name, path=database.path)
            await _open(found, opened, database.name, names, storage)
        if outcome.tables or not outcome.databases:
            found.imports.append(outcome)
            found.sources.append(source)
    if found.imports:
        found.databases.append(OpenedDatabase(IMPORTED, path, None, had_wal=False))
    return found


def _forget_file(source: LoadedSource, outcome: Outcome) -> None:
    is_opened = isinstance(outcome, Imported) and any(
        each.path == source.path for each in outcome.databases
    )
    if source.path and not is_opened:
        Path(source.path).unlink(missing_ok=True)


def _import_source(source: LoadedSource) -> ImportSource:
    kind = "data" if source.option == "file" else source.option
    # A file's name is no address: `report #3.csv`.
    named_by = quote(source.name, safe="") if source.option == "file" else source.url
    settings = {key: value for key, value in source.settings.items() if key != "name"}
    return ImportSource(
        cast(SourceKind, kind), source.value, named_by, source.path, settings, source.fault
    )


def _configure(data: PlanData, sources: Sequence[LoadedSource]) -> None:
    documents: list[Mapping[str, Any]] = []
    for source in sources:
        try:
            if source.path is None:
                raise revive({**(source.fault or {}), "source": source.value})
            text = Path(source.path).read_text("utf-8", errors="replace")
            document = parse_config(text, source.name)
            if (runs := code_urls(document)) and not source.agreed:
                texts = code_texts(document)
                document = without_code(document)
                data.refused_code.append(
                    ForeignCode(
                        source.sha256,
                        source.name,
                        source.url,
                        runs,
                        texts,
                        source.redirected,
                    )
                )
            documents.append(document)
        except LiteError as fault:
            fault.source = fault.source or source.value
            data.faults.append(fault)
    data.configuration = configuration_of(documents)


def _add_page_files(data: PlanData, source: LoadedSource) -> None:
    """Templates are code: they need the visitor's agreement to the very archive."""
    try:
        if source.path is None:
            raise revive({**(source.fault or {}), "source": source.value})
        if source.agreed:
            folder = f"{source.path}.unpacked"
            data.page_files = unpack_page_files(source.path, source.name, folder)
        else:
            texts = page_file_texts(source.path, source.name)
            data.refused_code.append(
                ForeignCode(
                    source.sha256,
                    source.name,
                    source.url,
                    list(texts),
                    texts,
                    source.redirected,
                )
            )
    except LiteError as fault:
        fault.source = fault.source or source.value
        data.faults.append(fault)
