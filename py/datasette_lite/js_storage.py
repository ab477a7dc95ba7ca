"""The loader's storage in Python's words: `storage` on top of JavaScript's objects.

Imports nothing of JavaScript: `entry` has the objects.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from datasette_lite.errors import BrowserError, LiteError, revive
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
            fetched = int(await self._file.fault(round_number))
        except Exception as error:
            raise _unreadable(error) from error
        if self._file.isOverfull:
            raise BrowserError(
                "query-too-large",
                "Could not finish this: it needs more of the database at the same time than fits"
                " into memory here, 500 MB. Filter by an indexed column, or change less at a time.",
            )
        return fetched

    async def load_all(self) -> None:
        try:
            await self._file.loadAll()
        except Exception as error:
            raise _unreadable(error) from error

    def begin_write(self) -> None:
        self._file.beginWrite()

    def end_write(self) -> bool:
        return bool(self._file.endWrite())

    def undo_write(self) -> None:
        self._file.undoWrite()

    def settle(self) -> None:
        self._file.settle()


class JsRemoteFile(JsBlockFile):
    """`loader/worker/remote-file.js`: a `datasette_lite.storage.RemoteFile`."""

    def __init__(self, remote: Any) -> None:
        super().__init__(remote.file)
        self._remote = remote

    async def fault(self, round_number: int) -> int:
        fetched = await self._remote.fault(round_number)
        if isinstance(fetched, str):
            raise revive(json.loads(fetched))
        return int(fetched)

    @property
    def size(self) -> int:
        return int(self._remote.size)

    @property
    def fetched(self) -> int:
        return int(self._remote.fetched)

    @property
    def requests(self) -> int:
        return int(self._remote.requests)

    @property
    def version(self) -> str:
        return str(self._remote.version)

    @property
    def is_proven(self) -> bool:
        return bool(self._remote.isProven)

    async def prove(self) -> None:
        if fault := await self._remote.prove():
            raise revive(json.loads(fault))

    @property
    def replaced_at(self) -> float | None:
        at = self._remote.replacedAt
        return at / 1000 if at else None

    @property
    def is_write_ahead(self) -> bool:
        return bool(self._remote.isWriteAhead)


class JsStorage:
    """`loader/worker/plan-files.js`: a `datasette_lite.storage.PlanStorage`."""

    def __init__(self, files: Any) -> None:
        self._files = files
        self._known: dict[str, JsBlockFile] = {}
        self._remotes: dict[str, JsRemoteFile] = {}
        self._tasks: set[asyncio.Future[Any]] = set()

    def file(self, path: str) -> JsBlockFile | None:
        if path not in self._known:
            file = self._files.file(path)
            if file is None:
                return None
            self._known[path] = JsBlockFile(file)
        return self._known[path]

    def remote(self, path: str) -> JsRemoteFile | None:
        if path not in self._remotes:
            remote = self._files.remote(path)
            if remote is None:
                return None
            self._remotes[path] = JsRemoteFile(remote)
        return self._remotes[path]

    def begin_import(self, path: str) -> None:
        self._files.beginImport(path)

    async def adopt(self, path: str) -> None:
        if fault := await self._files.adopt(path):
            raise revive(json.loads(fault))

    def adopt_changed(self, path: str, name: str | None, route: str | None) -> None:
        self._files.adoptChanged(path, name, route)

    def keep_import(self, outcome: str, *, complete: bool) -> None:
        self._in_background(self._files.keepImport(outcome, complete))

    def is_made(self, path: str) -> bool:
        return bool(self._files.isMade(path))

    def remove(self, path: str) -> None:
        self._known.pop(path, None)
        self._files.remove(path)

    def take_strays(self) -> list[str]:
        if not self._files.hasStrays:
            return []
        paths: list[str] = json.loads(self._files.takeStrays())
        return paths

    def on_stray(self, listener: Callable[[], None]) -> None:
        self._files.onStrayWrite = listener

    @property
    def refusal(self) -> LiteError | None:
        fault = self._files.refusal
        return revive(json.loads(fault)) if fault else None

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
        blob = await self._files.snapshot(path)
        if isinstance(blob, str):
            raise revive(json.loads(blob))
        async for piece in blob_pieces(blob):
            yield piece

    def _in_background(self, promise: Any) -> None:
        task = asyncio.ensure_future(promise)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _unreadable(error: Exception) -> OSError:
    return OSError(f"the browser's storage cannot be read: {error}")


async def blob_pieces(blob: Any) -> AsyncIterator[bytes]:
    """The bytes of a Blob, in slices."""
    for start_at in range(0, int(blob.size), SLICE_BYTES):
        buffer = await blob.slice(start_at, start_at + SLICE_BYTES).arrayBuffer()
        yield buffer.to_bytes()
