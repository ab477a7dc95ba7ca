"""Storage of a plan's databases in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from datasette_lite.errors import DataError, LiteError
from datasette_lite.storage import Saved


class MemoryFile:
    """An ordinary file, all of it at hand; implements `datasette_lite.storage.BlockFile`."""

    has_misses = False

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.stored = b""
        #: As it was after the last change that was watched, or asked about.
        self.known = self.path.read_bytes() if self.path.exists() else b""
        self.loads = 0
        self._before = b""

    def forget_misses(self) -> None:
        """Nothing is ever missed."""

    def hold(self) -> None:
        """All of it stays."""

    def release(self, hold: Any) -> None:
        """All of it stays."""

    async def fault(self, round_number: int) -> int:
        raise AssertionError("nothing is ever missing")

    async def load_all(self) -> None:
        self.loads += 1

    def begin_write(self) -> None:
        self._before = self.path.read_bytes()

    def end_write(self) -> bool:
        content = self.path.read_bytes()
        if self.known == self._before:
            self.known = content
        return content != self._before

    def undo_write(self) -> None:
        self.path.write_bytes(self._before)

    def settle(self) -> None:
        self.stored = self.path.read_bytes()


class MemoryStorage:
    """Implements `datasette_lite.storage.PlanStorage`.

    before_commit: awaited before anything is stored; may raise what a browser's storage would.
    changed_originals: names of files that `adopt` refuses.
    """

    refusal: LiteError | None = None

    def __init__(self) -> None:
        self.files: dict[str, MemoryFile] = {}
        self.commits: list[list[str]] = []
        self.imports: list[str] = []
        self.made_names: dict[str, str] = {}
        self.unsaved = False
        self.before_commit: Callable[[], Awaitable[None]] | None = None
        self.changed_originals: set[str] = set()

    def file(self, path: str) -> MemoryFile | None:
        return self.files.get(path)

    def remote(self, path: str) -> None:
        """None stays at a host."""

    def begin_import(self, path: str) -> None:
        Path(path).write_bytes(b"")

    async def adopt(self, path: str) -> None:
        if Path(path).name in self.changed_originals:
            raise DataError("original-changed", f"Could not open {path}.")
        self.files[path] = MemoryFile(path)

    def adopt_changed(self, path: str, name: str | None, route: str | None) -> None:
        assert path not in self.files, "two block files would each have changes of their own"
        self.files[path] = MemoryFile(path)
        if name:
            self.made_names[path] = name

    def keep_import(self, outcome: str, *, complete: bool) -> None:
        self.imports.append(outcome)

    async def commit(self, paths: Sequence[str]) -> None:
        if self.before_commit:
            await self.before_commit()
        for path in paths:
            if path in self.files:
                self.files[path].settle()
        self.commits.append(list(paths))

    def is_made(self, path: str) -> bool:
        return path in self.made_names

    def remove(self, path: str) -> None:
        self.files.pop(path, None)
        self.made_names.pop(path, None)

    def take_strays(self) -> list[str]:
        strays = []
        for path, file in self.files.items():
            content = file.path.read_bytes()
            if content != file.known:
                strays.append(path)
            file.known = content
        return strays

    def on_stray(self, listener: Callable[[], None]) -> None:
        """Whoever saves asks."""

    def revert(self, path: str) -> None:
        if path in self.files:
            self.files[path].path.write_bytes(self.files[path].stored)
            self.files[path].known = self.files[path].stored

    def set_unsaved(self, unsaved: bool) -> None:
        self.unsaved = unsaved

    def saved(self) -> dict[str, Saved]:
        return {}

    def made(self) -> list[tuple[str, str, str | None]]:
        return [(path, name, None) for path, name in self.made_names.items()]

    async def snapshot(self, path: str) -> AsyncIterator[bytes]:
        yield self.files[path].path.read_bytes()
