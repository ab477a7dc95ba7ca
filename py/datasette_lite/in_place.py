"""For applications that expect threads."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")


def run_in_place() -> None:
    """Have anyio run blocking functions where they are called; in a browser only.

    Python has no threads there. Starlette, and so FastAPI, hands `def` endpoints, static files
    and large uploads to anyio's, which would fail: "can't start new thread". To be called before
    anything imports anyio.
    """
    if sys.platform != "emscripten":
        return
    if not find_spec("_interpreters"):
        # anyio 4.16 imports this module on Python 3.14, where Pyodide leaves it out.
        interpreters = ModuleType("concurrent.interpreters")
        vars(interpreters).update(ExecutionFailed=RuntimeError, create=None)
        sys.modules[interpreters.__name__] = interpreters

    import anyio.to_thread

    anyio.to_thread.run_sync = _run_sync  # type: ignore[assignment,unused-ignore]


async def _run_sync(function: Callable[..., T], *args: Any, **threading: Any) -> T:
    return function(*args)
