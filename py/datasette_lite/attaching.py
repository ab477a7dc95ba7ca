"""SQL that would open files other than its database's own.

`ATTACH` and `VACUUM INTO` write a file of any name: as one of an application's static files it
would be a page of this site with a link's own scripts; and the internal database holds HTML of
every page. A link brings SQL in scripts (`?sql=`), in queries of a configuration, and in forms
that it fills.
"""

from __future__ import annotations

import sqlite3


def attach_nothing(connection: sqlite3.Connection) -> None:
    """Have a connection open no other database. `VACUUM`, which attaches one, fails, too."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)


def attach_no_file(connection: sqlite3.Connection) -> None:
    """As `attach_nothing`, for connections that write: `VACUUM` works.

    Any other authorizer that is set later takes its place.
    """
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)
    connection.set_authorizer(_refuse_files)


def _refuse_files(action: int, name: str | None, *_: str | None) -> int:
    # VACUUM's database has no name. That of a computed one is not known here.
    is_file = action == sqlite3.SQLITE_ATTACH and name != ""
    return sqlite3.SQLITE_DENY if is_file else sqlite3.SQLITE_OK
