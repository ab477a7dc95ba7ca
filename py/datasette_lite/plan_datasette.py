"""Datasette for a plan: below a prefix, and with databases that keep what is written to them."""

from __future__ import annotations

import os
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from datasette.app import INTERNAL_DB_NAME, Datasette
from datasette.database import Database
from datasette.utils.asgi import Request

from datasette_lite.attaching import attach_nothing
from datasette_lite.byte_budget import is_remote_page
from datasette_lite.configured_metadata import forget_configured, remember_configured
from datasette_lite.durable_database import DurableDatabase
from datasette_lite.internal_database import fresh_internal_database
from datasette_lite.remote_database import RemoteDatabase, describing
from datasette_lite.saving import Saver, remaking
from datasette_lite.sqlite_header import leave_wal_mode
from datasette_lite.storage import PlanStorage

#: Where the internal database is kept: stored queries, metadata and column types that were edited.
INTERNAL_PATH = "/internal/internal.db"


class PlanDatasette(Datasette):  # type: ignore[misc]  # Datasette has no types.
    """Datasette, whose every absolute address lies within its `base_url`.

    What Datasette 1.0a41 makes of `request.path` lacks the prefix that the bridge took off, as
    in lists of stored queries; `request_paths` repairs the functions that most pages use.
    """

    #: Brings what is written to storage; None where there is none.
    saver: Saver | None = None

    _internal_database: Database

    _is_started = False

    def __init__(self, storage: PlanStorage | None, **how: Any) -> None:
        """how: as of Datasette's own."""
        self._storage = storage
        #: What the catalog of schemas is of: databases and their versions, by name.
        self._catalogued: dict[str, tuple[Database, str]] = {}
        self._static_urls: dict[tuple[str, str | None, str | None], str] = {}
        # Without files, Datasette brings an in-memory database of its own, `_memory`.
        super().__init__([], internal=None if storage else fresh_internal_database(), **how)
        if storage:
            self.saver = Saver(storage)
            self._internal_database.close()
            self._internal_database = self._durable_internal_database()

    def absolute_url(self, request: Request, path: str) -> str:
        base_url = self.setting("base_url")
        path = str(path)  # of a type whose methods are slow
        if path.startswith("/") and not path.startswith(base_url):
            path = base_url + path[1:]
        url: str = super().absolute_url(request, path)
        return url

    def static(self, path: str, plugin: str | None = None, mount: str | None = None) -> str:
        """As Datasette's; while an engine runs, static files stay as they are."""
        asked = (path, plugin, mount)
        if asked not in self._static_urls:
            self._static_urls[asked] = super().static(path, plugin=plugin, mount=mount)
        return self._static_urls[asked]

    def add_file(self, path: str, name: str, route: str | None = None) -> None:
        """Add a database of the plan's."""
        remote = self._storage.remote(path) if self._storage else None
        database = RemoteDatabase(self, path, remote) if remote else self._durable(path)
        super().add_database(database or Database(self, path=path), name=name, route=route)

    def add_made_databases(self) -> None:
        """Add the databases that were made in the app at earlier starts."""
        for path, name, route in self._storage.made() if self._storage else ():
            # A plugin may have left it in write-ahead mode, which needs a second file.
            leave_wal_mode(Path(path))
            # A source that came since may have its name: then it gets another, as natively.
            self.add_file(path, name, route)

    def add_database(self, db: Database, name: str | None = None, route: str | None = None) -> Any:
        """Add a database; one in a file of its own is there at the next start, too."""
        if self.saver and _is_file(db) and type(db) is not Database:
            # A plugin's own kind, which the plugin adds at each start: what is in the file is kept.
            self._adopt(self.saver, os.path.abspath(db.path), None, None)
        elif self.saver and _is_file(db):
            # Plugins may add at each start what was made at an earlier one.
            added = self._known(os.path.abspath(db.path), name) or super().add_database(
                self._made_durable(self.saver, db, name, route), name=name, route=route
            )
            # Whoever made it may go on with what it made.
            db.name, db.route = added.name, added.route
            return added
        return super().add_database(db, name=name, route=route)

    def remove_database(self, name: str) -> None:
        """Remove a database; one that was made here is gone from storage, too."""
        path = self.get_database(name).path
        super().remove_database(name)
        if not self._storage or not self.saver or not path or self._known(path):
            return
        # What was changed in the others stays: a plugin may be about to add them in its way.
        if self._storage.is_made(path):
            self._storage.remove(path)
            self.saver.wrote(path)

    def setting(self, key: str) -> Any:
        """As Datasette's; of a database at its host, not everything is fetched for an extra."""
        if key in ("suggest_facets", "allow_download") and is_remote_page():
            return False
        return super().setting(key)

    async def invoke_startup(self) -> None:
        """As Datasette's; what it writes, it writes at every start."""
        with remaking():
            await super().invoke_startup()
        if self._is_started:
            return
        self._is_started = True
        file = self._storage.file(INTERNAL_PATH) if self._storage else None
        if file:
            file.settle()
        if self.saver:
            self.saver.begin()

    def _routes(self) -> list[tuple[Any, Any]]:
        """As Datasette's; no plugin answers for scripts and styles that pages load.

        Plugins' routes come first, and a link's configuration can choose a plugin's, as that of
        datasette-redirects does: the script of another host would run in every page.
        """
        routes: list[tuple[Any, Any]] = super()._routes()
        return sorted(routes, key=lambda route: not hasattr(route[1], "_datasette_static"))

    async def apply_metadata_json(self) -> None:
        """As Datasette's; what the configuration said at an earlier start goes first."""
        internal = self.get_internal_database()
        before = await internal.execute_write_fn(forget_configured)
        await super().apply_metadata_json()
        await internal.execute_write_fn(lambda connection: remember_configured(connection, before))

    async def _refresh_schemas(self) -> None:
        with remaking(), describing():
            await self._forget_outdated_schemas()
            await super()._refresh_schemas()

    def _prepare_connection(self, conn: Connection, database: str) -> None:
        super()._prepare_connection(conn, database)
        attach_nothing(conn)

    async def _forget_outdated_schemas(self) -> None:
        """Have the schemas read of files that are others than before.

        Datasette goes by the number that SQLite gives a schema: a file that was built anew has the
        same again.
        """
        present = {
            name: (database, database.version if isinstance(database, RemoteDatabase) else "")
            for name, database in self.databases.items()
        }
        outdated = [[name] for name, each in present.items() if self._catalogued.get(name) != each]
        internal = self.get_internal_database()
        if outdated and await internal.table_exists("catalog_databases"):
            forget = "update catalog_databases set schema_version = null where database_name = ?"
            await internal.execute_write_many(forget, outdated)
        self._catalogued = present

    def _durable(self, path: str, **how: Any) -> DurableDatabase | None:
        file = self._storage.file(path) if self._storage else None
        return DurableDatabase(self, path, file, self.saver, **how) if file and self.saver else None

    def _known(self, path: str, name: str | None = None) -> DurableDatabase | None:
        known = [
            each
            for each in self.databases.values()
            if isinstance(each, DurableDatabase) and each.path == path
        ]
        return next((each for each in known if name in (None, each.name)), None)

    def _made_durable(
        self, saver: Saver, db: Database, name: str | None, route: str | None
    ) -> Database:
        path = os.path.abspath(db.path)
        self._adopt(saver, path, name or db.suggest_name(), route)
        durable = self._durable(path)
        assert durable
        return durable

    def _adopt(self, saver: Saver, path: str, name: str | None, route: str | None) -> None:
        assert self._storage
        if self._storage.file(path):
            return
        Path(path).touch()
        self._storage.adopt_changed(path, name, route)
        saver.wrote(path)

    def _durable_internal_database(self) -> DurableDatabase:
        assert self._storage
        if not self._storage.file(INTERNAL_PATH):
            fresh_internal_database(INTERNAL_PATH)
            self._storage.adopt_changed(INTERNAL_PATH, None, None)
        internal = self._durable(INTERNAL_PATH)
        assert internal
        internal.name = INTERNAL_DB_NAME
        return internal


def _is_file(db: Database) -> bool:
    return bool(db.path) and db.is_mutable and not db.is_memory and not db.is_temp_disk
