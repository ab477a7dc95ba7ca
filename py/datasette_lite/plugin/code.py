"""What the shell asks before a visitor may agree to code in a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from datasette_lite.visit import visit_of

if TYPE_CHECKING:
    from datasette.app import Datasette


async def foreign_code(datasette: Datasette) -> Response:
    """The code that was left out, as `loader/shared/foreign-code.js` describes it."""
    visit = visit_of(datasette)
    assert visit
    refused = [] if visit.launch.only_verified else visit.data.refused_code
    return Response.json(
        [
            {
                "kind": "configuration",
                "key": code.key,
                "name": code.name,
                "from": code.url,
                "redirected": code.redirected,
                "runs": list(code.runs),
                "texts": dict(code.texts),
            }
            for code in refused
        ]
    )
