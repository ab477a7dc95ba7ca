"""Databases that a plugin makes, replaces, renames and writes to on its own outlive the worker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.harness.app import App
from tests.e2e.harness.chromium import Chromium
from tests.e2e.harness.consent import allow, await_consent
from tests.e2e.harness.package_host import PackageHost
from tests.e2e.harness.quota import FULL, ROOM_AGAIN
from tests.e2e.harness.sites import build, serving
from tests.wheels import TestWheel

PLUGIN = """
import os
import sqlite3
from datasette import hookimpl, Response
from datasette.database import Database

PATH = "/workshop.db"
own = None

@hookimpl
def register_routes():
    return [(r"^/-/workshop/(?P<task>\\w+)$", work)]

async def work(datasette, request):
    globals()[request.url_vars["task"]](datasette)
    return Response.json({"ok": True})

def make(datasette, row="made", name=None):
    global own
    own = sqlite3.connect(PATH, isolation_level=None)
    own.execute("create table t (x)")
    insert(row)
    datasette.add_database(Database(datasette, path=PATH), name=name)
    # The connection was opened before anybody knew of the file.
    insert(row + " and added")

def insert(row):
    own.execute("insert into t values (?)", [row])

def insert_on_its_own(datasette):
    sqlite3.connect(PATH, isolation_level=None).execute("insert into t values ('on its own')")

def replace(datasette):
    datasette.remove_database("workshop")
    os.unlink(PATH)
    make(datasette, "replaced")

def begin(datasette):
    global own
    own = sqlite3.connect(PATH, isolation_level=None)
    own.execute("pragma cache_size = 1")
    own.execute("begin")
    # More than SQLite keeps in memory: half of it is in the file.
    own.executemany("insert into t values (?)", ([f"half {n}" * 200] for n in range(500)))

def give_up(datasette):
    own.execute("rollback")

def swap(datasette):
    sqlite3.connect("/other.db").execute("create table t (x)")
    os.replace("/other.db", PATH)

def take_away(datasette):
    os.unlink(PATH)

def rename(datasette):
    datasette.remove_database("workshop")
    datasette.add_database(Database(datasette, path=PATH), name="renamed")

def remove(datasette):
    datasette.remove_database("renamed")
"""

WORKSHOP = TestWheel(
    "datasette-workshop", files={"datasette_workshop.py": PLUGIN}, plugin="datasette_workshop"
)


def _titles(app: App, table: str) -> list[str]:
    return [row["x"] for row in app.rows(table)]


def _names(app: App) -> list[str]:
    return sorted(each["name"] for each in app.ask_json("/-/databases.json")["databases"])


@pytest.mark.expects_console_errors("status of 507", "status of 503", "status of 500")
def test_databases_that_a_plugin_makes_and_changes_are_in_storage(
    chromium: Chromium, tmp_path: Path
) -> None:
    config = tmp_path / "lite.json"
    with PackageHost() as packages:
        packages.add(WORKSHOP)
        config.write_text(json.dumps({"plugins": {"index": packages.index}}))
        with serving(build(tmp_path / "site", config)) as site:
            link = f"{site.url}?memory=1&install=datasette-workshop"
            app = allow(await_consent(chromium.new_page(), link))

            def work_and_die(task: str) -> None:
                app.ask_json(f"/-/workshop/{task}", "POST", "{}")
                chromium.stop_workers()

            app.ask_json("/-/workshop/make", "POST", "{}")
            [worker] = chromium.context.service_workers
            worker.evaluate(FULL)
            assert app.ask("/-/workshop/replace", "POST").status == 507
            worker.evaluate(ROOM_AGAIN)
            # Another engine has what is in storage.
            assert _titles(app, "/workshop/t") == ["made", "made and added"]
            chromium.stop_workers()
            assert _titles(app, "/workshop/t") == ["made", "made and added"]
            work_and_die("insert_on_its_own")
            assert _titles(app, "/workshop/t") == ["made", "made and added", "on its own"]
            assert app.ask("/-/workshop/begin", "POST").status == 507
            busy = app.ask("/workshop/-/download-database")
            assert (busy.status, b"a plugin has a transaction open" in busy.body) == (503, True)
            app.ask_json("/-/workshop/give_up", "POST", "{}")
            assert app.ask("/workshop/-/download-database").status == 200
            # Natively, connections would go on with the file that is no longer there.
            for task in ("swap", "take_away"):
                refused = app.ask(f"/-/workshop/{task}", "POST")
                assert (refused.status, b"Resource busy" in refused.body) == (500, True)
            work_and_die("insert_on_its_own")
            titles = ["made", "made and added", "on its own", "on its own"]
            assert _titles(app, "/workshop/t") == titles
            work_and_die("replace")
            assert _titles(app, "/workshop/t") == ["replaced", "replaced and added"]
            work_and_die("rename")
            assert _titles(app, "/renamed/t") == ["replaced", "replaced and added"]
            assert _names(app) == ["_memory", "renamed"]
            work_and_die("remove")
            assert _names(app) == ["_memory"]
