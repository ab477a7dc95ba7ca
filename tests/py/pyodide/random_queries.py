"""Runs in Pyodide: the queries of a job on a database whose blocks keep going missing."""

import asyncio
import json
import random
from typing import Any, cast

from datasette.app import Datasette
from datasette.database import QueryInterrupted

from datasette_lite.js_storage import JsBlockFile
from datasette_lite.remote_database import RemoteDatabase
from datasette_lite.storage import RemoteFile

AT_ONCE = 4


class LocalRemote(JsBlockFile):
    """A block file as one that stays at its host."""

    is_proven = True

    def __init__(self, file: Any, size: int) -> None:
        super().__init__(file)
        self.file = file
        self.size = size
        self.version = "1"
        self.faults = 0

    async def fault(self, round_number: int) -> int:
        self.faults += 1
        return await super().fault(round_number)


async def main(job: str, worker: Any) -> str:
    """The answers to the queries, with counts of what went missing."""
    given = json.loads(job)
    chance = random.Random(given["seed"])
    file = await worker.openBlocks(
        given["path"], "/remote/items.db", False, 4096, given["most_bytes"]
    )
    remote = LocalRemote(file, int(file.size))
    datasette = Datasette([], settings={"num_sql_threads": 0, "sql_time_limit_ms": 60_000})
    database = RemoteDatabase(datasette, "/remote/items.db", cast(RemoteFile, remote))
    datasette.add_database(database, name="items")
    answers: list[Any] = [None] * len(given["queries"])
    evicted = 0

    async def work(places: list[int]) -> None:
        nonlocal evicted
        for place in places:
            for index in list(file.blocks.keys()):
                if file.isEvictable(index) and chance.random() < 0.6:
                    file.evict(index)
                    evicted += 1
            sql, params = given["queries"][place]
            try:
                found = await database.execute(sql, params)
                answers[place] = [list(row) for row in found.rows]
            except QueryInterrupted:
                answers[place] = "interrupted"

    order = list(range(len(answers)))
    await asyncio.gather(*(work(order[start::AT_ONCE]) for start in range(AT_ONCE)))
    return json.dumps({"answers": answers, "faults": remote.faults, "evicted": evicted})
