"""Small chunks gathered into fewer, larger pieces.

Each piece costs a trip to the reader and back, and Datasette sends files 4,096 bytes at a time:
12,800 trips for 50 MB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

#: A piece is passed on at this size: where the cost of a trip stops to matter.
PIECE_BYTES = 64 * 1024

#: No byte is held for longer: about a frame, so that nobody sees the delay.
PATIENCE_S = 0.02


class Coalescer:
    """Gathers what is added, and writes it in pieces, in order, one at a time."""

    def __init__(
        self,
        write: Callable[[bytes], Awaitable[None]],
        *,
        piece_bytes: int = PIECE_BYTES,
        patience_s: float | None = PATIENCE_S,
    ) -> None:
        """write: takes a piece; what it raises, the next `add` or `close` raises.
        patience_s: None holds everything until a piece is full.
        """
        self._write = write
        self._piece_bytes = piece_bytes
        self._patience_s = patience_s
        self._held: list[bytes] = []
        self._size = 0
        self._held_since = 0.0
        self._writing = asyncio.Lock()
        self._alarm: asyncio.TimerHandle | None = None
        self._late: asyncio.Task[None] | None = None
        self._error: Exception | None = None

    async def add(self, chunk: bytes) -> None:
        """Take a chunk; return when there is room for more."""
        self._raise_late_error()
        if not chunk:
            return
        loop = asyncio.get_running_loop()
        if not self._held:
            self._held_since = loop.time()
            self._set_alarm(loop)
        self._held.append(chunk)
        self._size += len(chunk)
        # The clock is read here as well: while an application never pauses, no alarm can ring.
        if self._size >= self._piece_bytes or self._overdue(loop.time()):
            await self._flush()

    async def close(self) -> bytes:
        """Stop the clock, wait for a write under way, and give back what is still held."""
        self._clear_alarm()
        async with self._writing:
            self._raise_late_error()
            return self._take()

    async def _flush(self) -> None:
        async with self._writing:
            if piece := self._take():
                await self._write(piece)
                # An application that never pauses would keep all others from the only thread.
                await asyncio.sleep(0)

    def _take(self) -> bytes:
        piece = self._held[0] if len(self._held) == 1 else b"".join(self._held)
        self._held, self._size = [], 0
        self._clear_alarm()
        return piece

    def _overdue(self, now: float) -> bool:
        return self._patience_s is not None and now - self._held_since >= self._patience_s

    def _set_alarm(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._patience_s is not None:
            self._alarm = loop.call_later(self._patience_s, self._ring)

    def _clear_alarm(self) -> None:
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        self._late = asyncio.create_task(self._flush_late())

    async def _flush_late(self) -> None:
        try:
            await self._flush()
        except Exception as error:
            self._error = error

    def _raise_late_error(self) -> None:
        if self._error:
            raise self._error
