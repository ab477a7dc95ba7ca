"""A plugin of Datasette's: what we add to its pages. Its hooks leave other Datasettes alone.

The name of this package is part of the address of its static files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from datasette.resources import DatabaseResource
from pluggy import HookimplMarker

from datasette_lite.asgi import ASGIApp, Receive, Scope, Send
from datasette_lite.plugin.about import about_page
from datasette_lite.plugin.code import foreign_code
from datasette_lite.plugin.download import download_path, has_download, send_database
from datasette_lite.plugin.download_everything import PATH as EVERYTHING_PATH
from datasette_lite.plugin.download_everything import databases_to_download, send_everything
from datasette_lite.plugin.kept_templates import keep_templates
from datasette_lite.plugin.notices import database_notices, home_notices
from datasette_lite.plugin.remote import (
    GO_ON_PATH,
    exception_answer,
    fetched_line,
    go_on,
    stays_at_host,
    with_budget,
)
from datasette_lite.plugin.share_link import share_link
from datasette_lite.visit import visit_of

if TYPE_CHECKING:
    from datasette.app import Datasette, Request
    from jinja2 import Environment

Actor = dict[str, Any] | None

# Datasette's own `hookimpl` is the same marker, without types.
hookimpl = HookimplMarker("datasette")

STYLES = f"/-/static-plugins/{__name__}/lite.css"
ABOUT_PATH = "/-/lite"

#: Pages that show something of ours to be styled, by Datasette's names for its views.
STYLED_VIEWS = ("index", "database", "lite_about")

ROOT = {"id": "root"}


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[ASGIApp], ASGIApp]:
    """Make the visitor root, unless a login says otherwise: the data is the visitor's own copy."""

    def wrap(app: ASGIApp) -> ASGIApp:
        if not visit_of(datasette):
            return app

        async def app_for_root(scope: Scope, receive: Receive, send: Send) -> None:
            # Datasette asks its plugins for an actor first, so one with a `ds_actor` cookie or a
            # token is that actor, and root again after logging out.
            await app({"actor": dict(ROOT), **scope}, receive, send)

        return with_budget(datasette, app_for_root)

    return wrap


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """Read and compile each template once, whatever the number of Datasettes."""
    if visit_of(datasette):
        keep_templates(env)


@hookimpl
def extra_js_urls(datasette: Datasette) -> list[dict[str, Any]]:
    """The script that keeps the worker alive, and does what our buttons say."""
    visit = visit_of(datasette)
    if not visit:
        return []
    return [{"url": f"{visit.launch.loader_url}page/app-page.js", "module": True}]


@hookimpl
def extra_css_urls(datasette: Datasette, view_name: str, database: str | None) -> list[str]:
    """Our styles, where they are needed."""
    if not visit_of(datasette):
        return []
    return [STYLES] if view_name in STYLED_VIEWS or stays_at_host(datasette, database) else []


@hookimpl
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Any]]]:
    """The pages of ours."""
    if not visit_of(datasette):
        return []
    return [
        (rf"{ABOUT_PATH}$", about_page),
        (rf"{ABOUT_PATH}/code\.json$", foreign_code),
        (rf"{EVERYTHING_PATH}$", send_everything),
        (rf"{GO_ON_PATH}$", go_on),
        (r"/(?P<database>[^\/\.]+)/-/download-database$", send_database),
    ]


@hookimpl
def menu_links(
    datasette: Datasette, actor: Actor, request: Request | None
) -> Callable[[], Any] | None:
    """What the menu of every page offers."""
    visit = visit_of(datasette)
    if not visit:
        return None
    launch = visit.launch

    async def links() -> list[dict[str, str]]:
        offered = [
            {"href": launch.site_url, "label": "Open other data"},
            {"href": f"{launch.site_url}#add={launch.segment}", "label": "Add data"},
            {"href": share_link(launch, request), "label": "Copy link"},
        ]
        if await databases_to_download(datasette, actor):
            everything = datasette.urls.path(EVERYTHING_PATH)
            offered.append({"href": everything, "label": "Download everything"})
        about = datasette.urls.path(ABOUT_PATH)
        if visit.data.databases:
            offered.append({"href": f"{about}#data", "label": "Data origin and age"})
        return [*offered, {"href": about, "label": "About Datasette Lite"}]

    return links


@hookimpl
def database_actions(datasette: Datasette, actor: Actor, database: str) -> Callable[[], Any] | None:
    """The download that Datasette has only for databases that cannot change."""
    if not visit_of(datasette) or not has_download(datasette.get_database(database)):
        return None

    async def links() -> list[dict[str, str]]:
        if not await datasette.allowed(
            action="view-database-download", resource=DatabaseResource(database), actor=actor
        ):
            return []
        return [
            {
                "href": download_path(datasette, database),
                "label": "Download this database",
                "description": "A SQLite file with everything in it, your changes too.",
            }
        ]

    return links


@hookimpl
def top_homepage(datasette: Datasette, request: Request) -> Any:
    """What to know about the plan's sources."""
    visit = visit_of(datasette)
    return home_notices(datasette, visit, request) if visit else None


@hookimpl
def top_database(datasette: Datasette, request: Request, database: str) -> Any:
    """What to know about this database, and about sources that failed."""
    visit = visit_of(datasette)
    return database_notices(datasette, visit, request, database) if visit else None


@hookimpl
def top_table(datasette: Datasette, request: Request, database: str) -> Any:
    """How much was fetched of a database that stays at its host."""
    return fetched_line(datasette, request, database) if visit_of(datasette) else None


@hookimpl
def top_row(datasette: Datasette, request: Request, database: str) -> Any:
    """As for a table."""
    return fetched_line(datasette, request, database) if visit_of(datasette) else None


@hookimpl
def top_query(datasette: Datasette, request: Request, database: str) -> Any:
    """As for a table."""
    return fetched_line(datasette, request, database) if visit_of(datasette) else None


@hookimpl
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Any:
    """Say what to do where a database at its host keeps a page from being made."""
    return exception_answer(datasette, request, exception) if visit_of(datasette) else None
