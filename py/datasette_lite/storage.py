"""What the loader offers for databases whose blocks are kept in the browser's storage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from datasette_lite.errors import LiteError


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

    async def load_all(self) -> None:
        """Fetch all that is missing; it stays until what `hold` gave before is released.

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


class RemoteFile(BlockFile, Protocol):
    """`loader/worker/remote-file.js`: a file that stays at its host.

    `fault` raises DownloadError: download-unreachable, source-replaced and, for an answer that is
    an error, such as download-not-found; and BrowserError: query-too-large.
    """

    @property
    def size(self) -> int:
        """Bytes of the whole."""

    @property
    def fetched(self) -> int:
        """Bytes of it that are here."""

    @property
    def requests(self) -> int:
        """Requests made since the engine started."""

    @property
    def version(self) -> str:
        """Differs for each version of the file."""

    @property
    def is_proven(self) -> bool:
        """Whether all that is here is known to be of one version."""

    async def prove(self) -> None:
        """Make sure of that. Raises DownloadError as `fault` does."""

    @property
    def replaced_at(self) -> float | None:
        """When the file was found replaced at its host, in seconds since 1970."""

    @property
    def is_write_ahead(self) -> bool:
        """Whether the host may have changes in a second file."""


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

    def remote(self, path: str) -> RemoteFile | None:
        """The file at a path that stays at its host, if it does."""

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

    def is_made(self, path: str) -> bool:
        """Whether a database was made in the app."""

    def remove(self, path: str) -> None:
        """Give up a database that was made in the app, with the next commit of its path."""

    def take_strays(self) -> list[str]:
        """Paths of files changed outside of `begin_write` and `end_write` since this was asked."""

    def on_stray(self, listener: Callable[[], None]) -> None:
        """Have a function called soon after such a change."""

    @property
    def refusal(self) -> LiteError | None:
        """Why nothing can be stored: BrowserError, storage-unavailable."""

    def revert(self, path: str) -> None:
        """Give up what is not stored of a file."""

    def set_unsaved(self, unsaved: bool) -> None:
        """Tell the loader whether something would be lost if the worker ended now."""

    def saved(self) -> dict[str, Saved]:
        """What is stored, by path."""

    def made(self) -> list[tuple[str, str, str | None]]:
        """Path, name and route of the databases that were made in the app before."""

    def snapshot(self, path: str) -> AsyncIterator[bytes]:
        """The bytes of a block file, as `snapshots.Snapshot`. Raises DataError: database-busy."""
