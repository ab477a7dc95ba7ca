"""Runs in Pyodide: pages of a Datasette whose database stays at a host, one job after another."""

import json
import time
from typing import Any

from pyodide.http import pyfetch

from datasette_lite.app import make_datasette
from datasette_lite.js_storage import JsStorage
from datasette_lite.launch import Launch, LoadedSource

#: Where the worker would put the plan's first source.
PATH = "/data/0/items.db"


async def main(job: str, worker: Any) -> str:
    """Status and text of each page, and what the host was asked for it."""
    given = json.loads(job)
    storage = JsStorage(await worker.openRemote(given["url"], PATH))
    remote = storage.remote(PATH)
    assert remote
    source = LoadedSource("url", given["url"], given["url"], PATH, remote.size, is_remote=True)
    launch = Launch([], "/", "http://site.test/", "secret", [source], storage=storage)
    datasette = await make_datasette(launch)
    answers = []
    for method, path, form in given["pages"]:
        if method == "TELL":
            # The test, which changes the host's behaviour.
            assert (await pyfetch(path)).status == 200
            continue
        before = (remote.requests, remote.fetched)
        began = time.monotonic()
        answer = await datasette.client.request(method, path, data=form)
        answers.append(
            {
                "status": answer.status_code,
                "text": answer.text,
                "location": answer.headers.get("location"),
                "requests": remote.requests - before[0],
                "bytes": remote.fetched - before[1],
                "seconds": time.monotonic() - began,
            }
        )
    return json.dumps(answers)
