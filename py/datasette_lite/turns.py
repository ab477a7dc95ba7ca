"""Many turns of Python's event loop in one of the browser's.

Pyodide's event loop asks the browser for every single callback, and a page of Datasette takes
about 150 of them: a fifth of the time that Python spends on the page (measured).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from time import perf_counter
from typing import Any

#: Seconds after which the browser has a turn: promises, timers and requests wait so long at most.
LONGEST_S = 0.01


def take_many_turns(loop: asyncio.AbstractEventLoop, longest_s: float = LONGEST_S) -> None:
    """Have what a loop is to call soon called together; twice is the same as once.

    Order, contexts and cancelling are as asyncio's documentation of `call_soon` says.
    """
    if isinstance(getattr(loop.call_soon, "__self__", None), _Turns):
        return
    loop.call_soon = _Turns(loop, longest_s).call_soon  # type: ignore[assignment,method-assign]


class _Turns:
    """The callbacks that wait for their turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop, longest_s: float) -> None:
        self._loop = loop
        self._longest_s = longest_s
        self._ready: deque[asyncio.Handle] = deque()
        self._asked = False

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self._loop, context)
        self._ready.append(handle)
        self._ask()
        return handle

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            self._loop.call_later(0, self._run)

    def _run(self) -> None:
        end = perf_counter() + self._longest_s
        try:
            while self._ready:
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()
                if perf_counter() >= end:
                    break
        finally:
            # Also when a callback ended the program: the others still want their turn.
            self._asked = False
            if self._ready:
                self._ask()
