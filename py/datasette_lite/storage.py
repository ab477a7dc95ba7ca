"""What the loader offers for databases whose blocks are kept in the browser's storage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class BlockFile(Protocol):
    """`loader/worker/block-file.js`: a file of which only some blocks are in memory.

    SQLite finds it at a path of the file system. A read or write that needs other blocks fails with
    EAGAIN; see `replay`.
    """

    @property
    def has_misses(self) -> bool:
        """Whether something failed so since `forget_misses`."""

    def forget_misses(self) -> None:
        """Start to watch for the next."""

    def hold(self) -> Any:
        """Keep what is used from now on in memory, until `release` is given the result."""

    def release(self, hold: Any) -> None: ...

    async def fault(self, round_number: int) -> int:
        """Fetch what was missing; return the bytes fetched. round_number: of the same query.

        Raises OSError.
        """

    def begin_write(self) -> None:
        """From here on, changes can be taken back."""

    def end_write(self) -> bool:
        """Let changes stay; return whether there were any."""

    def undo_write(self) -> None:
        """Take back the changes since `begin_write`."""

    def settle(self) -> None:
        """What was changed so far is made anew at each start: `PlanStorage.revert` keeps it."""


@dataclass(frozen=True)
class Saved:
    """What storage has of a database.

    version: how often it was saved; 0 for one that is as it came.
    saved_at: seconds since 1970.
    size: bytes that the changes take.
    """

    version: int
    saved_at: float
    size: int


class PlanStorage(Protocol):
    """`loader/worker/plan-files.js`: the databases of one plan."""

    def file(self, path: str) -> BlockFile | None:
        """The block file at a path, if there is one."""

    def begin_import(self, path: str) -> None:
        """Make an empty file that may grow large, for `adopt`."""

    async def adopt(self, path: str) -> None:
        """Make a block file of an ordinary one, whose content is not changed yet.

        Raises DataError: original-changed.
        """

    def adopt_changed(self, path: str, name: str | None, route: str | None) -> None:
        """Make a block file of an ordinary one; all of its content counts as changed.

        name: of a database that is to be there at the next start.
        """

    def keep_import(self, outcome: str, *, complete: bool) -> None:
        """Keep what an import led to, in the background."""

    async def commit(self, paths: Sequence[str]) -> None:
        """Store what was changed in these files, all or nothing; return when it is on disk.

        Raises BrowserError: edit-not-saved.
        """

    def forget(self, path: str) -> None:
        """Give up a database that was made in the app."""

    def revert(self, path: str) -> None:
        """Give up what is not stored of a file."""

    def set_unsaved(self, unsaved: bool) -> None:
        """Tell the loader whether something would be lost if the worker ended now."""

    def saved(self) -> dict[str, Saved]:
        """What is stored, by path."""

    def made(self) -> list[tuple[str, str, str | None]]:
        """Path, name and route of the databases that were made in the app before."""

    def snapshot(self, path: str) -> AsyncIterator[bytes]:
        """The bytes of a block file, as `snapshots.Snapshot`."""
