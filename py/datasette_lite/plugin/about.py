"""The page that says what this is."""

from __future__ import annotations

import sqlite3
import sys
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response
from datasette.version import __version__ as datasette_version

from datasette_lite.plan_datasette import INTERNAL_PATH
from datasette_lite.plugin.notices import Edits, Origin
from datasette_lite.visit import visit_of

if TYPE_CHECKING:
    from datasette.app import Datasette, Request


async def about_page(datasette: Datasette, request: Request) -> Response:
    """The view behind "About Datasette Lite"."""
    visit = visit_of(datasette)
    assert visit
    context = {
        "version": visit.launch.release.get("version", ""),
        "release": visit.launch.release.get("id", ""),
        "datasette_version": datasette_version,
        "python_version": ".".join(map(str, sys.version_info[:3])),
        "sqlite_version": sqlite3.sqlite_version,
        "site_url": visit.launch.site_url,
        "plugins": visit.launch.plugins,
        "allowed_url": f"{visit.launch.site_url}#allowed",
        "can_refetch": any(
            each.fetched is not None
            for each in (*visit.launch.sources, *visit.data.imported_sources)
        ),
        "databases": [
            {
                "name": each.name,
                "href": datasette.urls.database(each.name),
                "origins": [Origin.of(source) for source in visit.sources_of(each)],
                "edits": Edits.of(datasette, visit, each.name),
            }
            for each in visit.data.databases
        ],
        "made": [
            {"href": datasette.urls.database(name), "edits": edits}
            for name in datasette.databases
            if not visit.database(name) and (edits := Edits.of(datasette, visit, name))
        ],
        "settings": Edits.internal(visit, INTERNAL_PATH),
        "keeps_edits": visit.launch.storage is not None,
    }
    html = await datasette.render_template(
        "lite_about.html", context, request=request, view_name="lite_about"
    )
    return Response.html(html)
