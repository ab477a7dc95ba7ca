"""Runs in Pyodide: the writes of a job on a database whose blocks keep going missing."""

import json
import os
import random
import sqlite3
from collections.abc import Sequence
from typing import Any, cast

from datasette.app import Datasette

from datasette_lite.durable_database import DurableDatabase
from datasette_lite.js_storage import JsBlockFile
from datasette_lite.saving import Saver
from datasette_lite.storage import PlanStorage


class NoStorage:
    """Nothing is stored: the content at the end is looked at."""

    async def commit(self, paths: Sequence[str]) -> None: ...

    def set_unsaved(self, unsaved: bool) -> None: ...


async def main(job: str, worker: Any) -> str:
    """All rows at the end, SQLite's verdict on the file, and how many writes were refused."""
    given = json.loads(job)
    chance = random.Random(given["seed"])
    file = await worker.openBlocks(
        given["path"], "/durable/items.db", True, 16384, given["most_bytes"]
    )
    datasette = Datasette([], settings={"num_sql_threads": 0})
    blocks = JsBlockFile(file)
    database = DurableDatabase(
        datasette, "/durable/items.db", blocks, Saver(cast(PlanStorage, NoStorage()))
    )
    datasette.add_database(database, name="items")
    refused = 0
    for kind, sql, params in given["writes"]:
        for index in list(file.blocks.keys()):
            if file.isEvictable(index) and chance.random() < 0.7:
                file.evict(index)
        try:
            if kind == "many":
                await database.execute_write_many(sql, iter(params))
            elif kind == "script":
                await database.execute_write_script(sql)
            else:
                await database.execute_write(sql, params)
        except sqlite3.IntegrityError:
            refused += 1
    file.hold()
    descriptor = os.open("/durable/items.db", os.O_RDONLY)
    while True:
        file.forgetMisses()
        try:
            whole = os.pread(descriptor, int(file.size), 0)
            break
        except BlockingIOError:
            await file.fault(0)
    with open("/result.db", "wb") as copy:
        copy.write(whole)
    db = sqlite3.connect("/result.db")
    rows = db.execute("select * from items order by id").fetchall()
    (verdict,) = db.execute("pragma integrity_check").fetchone()
    return json.dumps({"rows": rows, "verdict": verdict, "refused": refused})
