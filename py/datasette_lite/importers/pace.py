"""Keeps the worker responsive and the visitor informed while an import runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

#: How long requests of other tabs wait at most, apart from the batch in hand.
REST_AFTER_S = 0.03

#: Often enough to look alive.
REPORT_AFTER_S = 0.1

#: Called with bytes done, bytes in all, and rows.
Report = Callable[[int, int, int], Awaitable[None]]


class Pace:
    """Rests and reports by the clock, whatever the size of the steps between."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._rested = self._reported = time.perf_counter()

    async def rest(self) -> None:
        """Let others run, if it is time."""
        if time.perf_counter() - self._rested >= REST_AFTER_S:
            await asyncio.sleep(0)
            self._rested = time.perf_counter()

    async def step(self, done: int, total: int, rows: int) -> None:
        """Report how far this is, and let others run, if it is time."""
        if time.perf_counter() - self._reported >= REPORT_AFTER_S:
            await self.finish(done, total, rows)
        await self.rest()

    async def finish(self, done: int, total: int, rows: int) -> None:
        """Report how far this is, now."""
        await self._report(done, total, rows)
        self._reported = time.perf_counter()
