"""A FastAPI application in the browser: the example to start your own from.

This module makes it run here; `notes` is FastAPI as anywhere. Three things differ from a server:
there are no threads, so nothing may block for long; addresses are made with `url_for`, because
the application lives below a prefix; and memory lasts as long as the worker, which a browser ends
when no page of it is open. What must stay belongs into cookies.
"""

from __future__ import annotations

from datasette_lite.asgi import ASGIApp
from datasette_lite.in_place import run_in_place
from datasette_lite.launch import Launch
from datasette_lite.mounted import mounted

#: Paths below which files change only with a release: the loader keeps what it got from there.
STATIC_PATHS = ("/static/",)


async def create_app(launch: Launch) -> ASGIApp:
    """What the loader calls: give it an ASGI application."""
    run_in_place()
    # Only now may FastAPI be imported.
    from fastapi_example.notes import make_app

    return mounted(make_app(launch.loader_url))
