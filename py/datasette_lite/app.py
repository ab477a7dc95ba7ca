"""Datasette, configured for a plan."""

from __future__ import annotations

import tempfile
from typing import Any, cast

from datasette.plugins import pm

from datasette_lite import plugin
from datasette_lite.asgi import ASGIApp
from datasette_lite.errors import DataError, LiteError
from datasette_lite.importers.import_source import Progress
from datasette_lite.importers.safe_settings import parse_settings, safe_settings
from datasette_lite.installing.entry_points import blame, register_plugins
from datasette_lite.launch import Launch
from datasette_lite.page_files import PageFiles
from datasette_lite.plan_data import PlanData, load_plan_data
from datasette_lite.plan_datasette import PlanDatasette
from datasette_lite.request_paths import repair_request_paths
from datasette_lite.saving import SavingApp
from datasette_lite.settings import settings_for
from datasette_lite.spared_work import spare_work
from datasette_lite.stored_import import StoredImport
from datasette_lite.visit import Visit, remember_visit

#: An answer that says that something was written means that it is in storage.
IS_DURABLE = True

#: Paths below which answers change only with the release or the plan: files of packages.
STATIC_PATHS = ("/-/static/", "/-/static-plugins/")

if not pm.is_registered(plugin):
    repair_request_paths()
    spare_work()
    pm.register(plugin, plugin.__name__)


async def create_app(launch: Launch) -> ASGIApp:
    """The Datasette of a plan, as an ASGI application.

    Raises an ExceptionGroup of LiteErrors when the plan has sources and all of them are bad, or
    when plugins of it do not work.
    """
    register_plugins(pm, launch.plugins)
    try:
        datasette = await make_datasette(launch)
        app = cast(ASGIApp, datasette.app())
        if launch.plugins:
            await datasette.invoke_startup()
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        if fault := blame(error, launch.plugins):
            raise fault from error
        raise
    return SavingApp(app, datasette.saver) if datasette.saver else app


async def make_datasette(launch: Launch) -> PlanDatasette:
    """A Datasette with the plan's databases, where the visitor is root.

    Raises as `create_app`, and OptionError: unknown-option, bad-option for a setting.
    """
    chosen = parse_settings([value for key, value in launch.options if key == "setting"])

    def on_progress(progress: Progress) -> None:
        launch.on_progress(
            progress.source.name, progress.bytes_done, progress.bytes_total, progress.rows
        )

    data = await load_plan_data(
        launch.sources,
        launch.imported_folder or tempfile.mkdtemp(),
        on_progress,
        launch.parquet,
        launch.storage,
        StoredImport.load(launch.stored_import) if launch.stored_import else None,
    )
    wants_memory = ("memory", "1") in launch.options
    if data.faults and not data.databases and not wants_memory:
        raise ExceptionGroup("None of the data could be opened", data.faults)
    configured, _ = safe_settings(data.configuration.settings)
    await _store_import(launch, data)
    datasette = PlanDatasette(
        launch.storage,
        settings={**settings_for(launch.base_url), **configured, **chosen},
        config=data.configuration.config,
        metadata=data.configuration.metadata,
        **_pages(data.page_files),
        secret=launch.secret,
        version_note=f"Datasette Lite {launch.release.get('version', '')}".strip(),
    )
    for database in data.databases:
        datasette.add_file(database.path, database.name)
    datasette.add_made_databases()
    if data.databases and not wants_memory:
        datasette.remove_database("_memory")
    datasette.root_enabled = True
    remember_visit(datasette, Visit(launch, data))
    return datasette


def _pages(files: PageFiles | None) -> dict[str, Any]:
    """Where Datasette finds templates and static files of the plan's own."""
    if files is None:
        return {}
    mounts = [("static", files.static)] if files.static else []
    return {"template_dir": files.templates, "static_mounts": mounts}


async def _store_import(launch: Launch, data: PlanData) -> None:
    """Have what was imported just now kept, so that the next start finds it."""
    storage, found = launch.storage, data.fresh_import
    if not storage or not found:
        return
    refused: list[LiteError] = []
    for database in found.databases:
        if storage.file(database.path):
            continue
        try:
            await storage.adopt(database.path)
        except DataError as fault:
            data.databases.remove(database)
            refused.append(fault)
    data.faults += refused
    if found.databases and not refused:
        storage.keep_import(found.dump(), complete=found.is_complete)
