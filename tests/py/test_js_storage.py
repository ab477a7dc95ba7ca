"""py/datasette_lite/js_storage.py: what the loader's objects say, in Python's words."""

from __future__ import annotations

import asyncio

import pytest

from datasette_lite.errors import BrowserError
from datasette_lite.js_storage import JsBlockFile


class FilledFile:
    """A block file as JavaScript has it, whose cache may be full of what queries hold."""

    def __init__(self, *, overfull: bool) -> None:
        self.isOverfull = overfull

    async def fault(self, round_number: int) -> int:
        return 16_384


def test_what_was_fetched_is_told_while_there_is_room() -> None:
    assert asyncio.run(JsBlockFile(FilledFile(overfull=False)).fault(0)) == 16_384


def test_query_that_holds_more_than_fits_is_given_up() -> None:
    with pytest.raises(BrowserError, match="more of the database at the same time") as caught:
        asyncio.run(JsBlockFile(FilledFile(overfull=True)).fault(0))
    assert caught.value.code == "query-too-large"
