"""Runs what SQLite does on a block file again until no block was missing.

SQLite cannot wait. A missing block fails the read, and with it the query; then the block is fetched
and the query is run from its start. Whatever an attempt did that missed a block is discarded,
success too: code inside may have taken the failure for an answer.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from itertools import count
from typing import TypeVar

from datasette_lite.storage import BlockFile

T = TypeVar("T")


async def replayed(
    file: BlockFile,
    attempt: Callable[[], T],
    discard: Callable[[], None],
    after_fault: Callable[[int, float, float], None] = lambda fetched, seconds, attempt_s: None,
) -> T:
    """The result of an attempt that missed no block, or what it raised.

    attempt: may be run any number of times, and does not give way.
    discard: closes the connections that an attempt used. SQLite remembers failed reads in places,
    so a connection that met one is not used again.
    after_fault: told the bytes that were fetched, the seconds that took, and those of the attempt
    that was in vain; may raise to give up.
    Raises OSError when blocks cannot be fetched, a LiteError for those of a database at its host.
    """
    hold = file.hold()
    try:
        for round_number in count():
            file.forget_misses()
            said = io.StringIO()
            began = time.monotonic()
            error: Exception | None = None
            try:
                # Datasette writes every error there, of failed attempts too.
                with redirect_stderr(said):
                    result = attempt()
            except Exception as raised:
                error = raised
            if not file.has_misses:
                if said.tell():
                    sys.stderr.write(said.getvalue())
                if error:
                    raise error
                return result
            missed = time.monotonic()
            discard()
            fetched = await file.fault(round_number)
            after_fault(fetched, time.monotonic() - missed, missed - began)
    finally:
        file.release(hold)
    raise AssertionError("unreachable")


async def replayed_write(
    file: BlockFile, attempt: Callable[[], T], discard: Callable[[], None]
) -> T:
    """As `replayed`, for what changes the file. `BlockFile.end_write` is the caller's, at once.

    What an attempt changed that missed a block is taken back, committed or not.
    """

    def write() -> T:
        file.begin_write()
        return attempt()

    def take_back() -> None:
        # SQLite rolls back at first, as far as it can: into blocks that are taken back as well.
        discard()
        file.undo_write()

    return await replayed(file, write, take_back)


async def written_once(file: BlockFile, attempt: Callable[[], T], discard: Callable[[], None]) -> T:
    """As `replayed_write`, for what must not run twice: all of the file is fetched before.

    Raises OSError when blocks cannot be fetched, or an attempt missed one all the same.
    """
    hold = file.hold()
    try:
        await file.load_all()
        file.forget_misses()
        file.begin_write()
        try:
            return attempt()
        finally:
            if file.has_misses:
                discard()
                file.undo_write()
                raise OSError("a part of the database was missing, so nothing was written")
    finally:
        file.release(hold)
