"""For applications that expect their prefix in the path."""

from __future__ import annotations

from datasette_lite.asgi import ASGIApp, Receive, Scope, Send


def mounted(app: ASGIApp) -> ASGIApp:
    """The application, given paths that begin with `root_path`.

    The bridge takes the prefix off, as Datasette needs it. Starlette (so FastAPI), Django, Quart
    and WSGI adapters want it there: with it, their mounts and `url_for` work.
    """

    async def app_with_prefix(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            prefix = scope["root_path"]
            raw_path = prefix.encode("ascii") + scope["raw_path"]
            scope = {**scope, "path": prefix + scope["path"], "raw_path": raw_path}
        await app(scope, receive, send)

    return app_with_prefix
