"""Runs a native Datasette of the pinned version at `/`, set up as ours is, and tells its port.

Started as a process of its own: `python -m tests.e2e.harness.native_app DATABASE…`
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from datasette.app import Datasette

Scope = dict[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


def as_root(app: App) -> App:
    """Every visitor is the root actor, as in the browser, where the data is the visitor's own."""

    async def app_for_root(scope: Scope, receive: Any, send: Any) -> None:
        await app({**scope, "actor": {"id": "root"}}, receive, send)

    return app_for_root


def main() -> None:
    """Serve the databases named as arguments (settings as JSON first) until killed."""
    settings: dict[str, Any] = json.loads(sys.argv[1])
    datasette = Datasette(sys.argv[2:], settings=settings)
    datasette.root_enabled = True
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(as_root(datasette.app()), log_level="error", lifespan="on")
    asyncio.run(uvicorn.Server(config).serve([listener]))


if __name__ == "__main__":
    main()
