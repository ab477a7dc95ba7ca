"""The loader's storage in Python's words: `storage` on top of JavaScript's objects.

Imports nothing of JavaScript: `entry` has the objects.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from datasette_lite.errors import revive
from datasette_lite.storage import Saved

#: Bytes of a Blob handed to Python at a time.
SLICE_BYTES = 4 * 1024 * 1024


class JsBlockFile:
    """`loader/worker/block-file.js`: a `datasette_lite.storage.BlockFile`."""

    def __init__(self, file: Any) -> None:
        self._file = file

    @property
    def has_misses(self) -> bool:
        return bool(self._file.hasMisses)

    def forget_misses(self) -> None:
        self._file.forgetMisses()

    def hold(self) -> Any:
        return self._file.hold()

    def release(self, hold: Any) -> None:
        self._file.release(hold)

    async def fault(self, round_number: int) -> int:
        try:
            return int(await self._file.fault(round_number))
        except Exception as error:
            raise OSError(f"the browser's storage cannot be read: {error}") from error

    def begin_write(self) -> None:
        self._file.beginWrite()

    def end_write(self) -> bool:
        return bool(self._file.endWrite())

    def undo_write(self) -> None:
        self._file.undoWrite()

    def settle(self) -> None:
        self._file.settle()


class JsStorage:
    """`loader/worker/plan-files.js`: a `datasette_lite.storage.PlanStorage`."""

    def __init__(self, files: Any) -> None:
        self._files = files
        self._known: dict[str, JsBlockFile] = {}
        self._tasks: set[asyncio.Future[Any]] = set()

    def file(self, path: str) -> JsBlockFile | None:
        if path not in self._known:
            file = self._files.file(path)
            if file is None:
                return None
            self._known[path] = JsBlockFile(file)
        return self._known[path]

    def begin_import(self, path: str) -> None:
        self._files.beginImport(path)

    async def adopt(self, path: str) -> None:
        if fault := await self._files.adopt(path):
            raise revive(json.loads(fault))

    def adopt_changed(self, path: str, name: str | None, route: str | None) -> None:
        self._files.adoptChanged(path, name, route)

    def keep_import(self, outcome: str, *, complete: bool) -> None:
        self._in_background(self._files.keepImport(outcome, complete))

    def forget(self, path: str) -> None:
        self._known.pop(path, None)
        self._in_background(self._files.forget(path))

    async def commit(self, paths: Sequence[str]) -> None:
        if fault := await self._files.commit(json.dumps(paths)):
            raise revive(json.loads(fault))

    def revert(self, path: str) -> None:
        self._files.revert(path)

    def set_unsaved(self, unsaved: bool) -> None:
        self._files.isUnsaved = unsaved

    def saved(self) -> dict[str, Saved]:
        return {
            path: Saved(facts["version"], facts["savedAt"] / 1000, facts["bytes"])
            for path, facts in json.loads(self._files.facts()).items()
        }

    def made(self) -> list[tuple[str, str, str | None]]:
        return [
            (each["path"], each["name"], each["route"]) for each in json.loads(self._files.made())
        ]

    async def snapshot(self, path: str) -> AsyncIterator[bytes]:
        async for piece in blob_pieces(await self._files.snapshot(path)):
            yield piece

    def _in_background(self, promise: Any) -> None:
        task = asyncio.ensure_future(promise)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def blob_pieces(blob: Any) -> AsyncIterator[bytes]:
    """The bytes of a Blob, in slices."""
    for start_at in range(0, int(blob.size), SLICE_BYTES):
        buffer = await blob.slice(start_at, start_at + SLICE_BYTES).arrayBuffer()
        yield buffer.to_bytes()
