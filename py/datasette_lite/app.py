"""Datasette, configured for a plan."""

from __future__ import annotations

import tempfile
from typing import cast

from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm
from datasette.utils.asgi import Request

from datasette_lite import plugin
from datasette_lite.asgi import ASGIApp
from datasette_lite.importers.import_source import Progress
from datasette_lite.importers.safe_settings import parse_settings, safe_settings
from datasette_lite.installing.entry_points import blame, register_plugins
from datasette_lite.internal_database import fresh_internal_database
from datasette_lite.launch import Launch
from datasette_lite.plan_data import load_plan_data
from datasette_lite.request_paths import repair_request_paths
from datasette_lite.settings import settings_for
from datasette_lite.visit import Visit, remember_visit

#: Paths below which answers change only with the release or the plan: files of packages.
STATIC_PATHS = ("/-/static/", "/-/static-plugins/")

if not pm.is_registered(plugin):
    repair_request_paths()
    pm.register(plugin, plugin.__name__)


class PrefixedDatasette(Datasette):  # type: ignore[misc]  # Datasette has no types.
    """Datasette, whose every absolute address lies within its `base_url`.

    What Datasette 1.0a41 makes of `request.path` lacks the prefix that the bridge took off, as
    in lists of stored queries; `request_paths` repairs the functions that most pages use.
    """

    def absolute_url(self, request: Request, path: str) -> str:
        base_url = self.setting("base_url")
        if path.startswith("/") and not path.startswith(base_url):
            path = base_url + path[1:]
        url: str = super().absolute_url(request, path)
        return url


async def create_app(launch: Launch) -> ASGIApp:
    """The Datasette of a plan, as an ASGI application.

    Raises an ExceptionGroup of LiteErrors when the plan has sources and all of them are bad, or
    when plugins of it do not work.
    """
    if not launch.plugins:
        return cast(ASGIApp, (await make_datasette(launch)).app())
    register_plugins(pm, launch.plugins)
    try:
        datasette = await make_datasette(launch)
        app = datasette.app()
        await datasette.invoke_startup()
    except Exception as error:
        if fault := blame(error, launch.plugins):
            raise fault from error
        raise
    return cast(ASGIApp, app)


async def make_datasette(launch: Launch) -> Datasette:
    """A Datasette with the plan's databases, where the visitor is root.

    Raises as `create_app`, and OptionError: unknown-option, bad-option for a setting.
    """
    chosen = parse_settings([value for key, value in launch.options if key == "setting"])

    def on_progress(progress: Progress) -> None:
        launch.on_progress(
            progress.source.name, progress.bytes_done, progress.bytes_total, progress.rows
        )

    data = await load_plan_data(launch.sources, tempfile.mkdtemp(), on_progress, launch.parquet)
    wants_memory = ("memory", "1") in launch.options
    if data.faults and not data.databases and not wants_memory:
        raise ExceptionGroup("None of the data could be opened", data.faults)
    configured, _ = safe_settings(data.configuration.settings)
    # Without files, Datasette brings an in-memory database of its own, `_memory`.
    datasette = PrefixedDatasette(
        [],
        settings={**settings_for(launch.base_url), **configured, **chosen},
        config=data.configuration.config,
        metadata=data.configuration.metadata,
        secret=launch.secret,
        version_note=f"Datasette Lite {launch.release.get('version', '')}".strip(),
        internal=fresh_internal_database(),
    )
    for database in data.databases:
        datasette.add_database(Database(datasette, path=database.path), name=database.name)
    if data.databases and not wants_memory:
        datasette.remove_database("_memory")
    datasette.root_enabled = True
    remember_visit(datasette, Visit(launch, data))
    return datasette
