"""SQL scripts, run before everything else so that other files can fill the tables they make."""

from __future__ import annotations

import re
import sqlite3
import time

from datasette_lite.importers.content import Content
from datasette_lite.importers.encodings import find_encoding, open_text, wrong_encoding
from datasette_lite.importers.import_source import ImportedTable
from datasette_lite.importers.job import Job
from datasette_lite.importers.refusals import counted, refused_data
from datasette_lite.importers.sql_names import quoted
from datasette_lite.importers.sql_statements import Statement, statements_of

#: The script runs in one transaction, so that a failed one leaves nothing. Its own say nothing
#: more, and VACUUM, which cannot run in one, would change nothing that counts.
LEFT_OUT = {"BEGIN", "COMMIT", "END", "VACUUM"}

#: For one statement: browsers end a worker that answers nothing for half a minute.
MOST_SECONDS = 25

#: Steps of SQLite's between two looks at the clock: a hundredth of a second.
CLOCK_STEPS = 100_000

#: Much of a long statement helps nobody.
SHOWN_CHARACTERS = 500

ROLLBACK = re.compile(r"rollback\s*(?:transaction\s*)?;?\s*\Z", re.IGNORECASE)


async def import_sql(job: Job, content: Content) -> None:
    """Run a SQL script.

    Raises DataError: bad-sql, no-rows, bad-encoding.
    """
    encoding = await find_encoding(content, job.settings.encoding, job.pace)
    try:
        text, reading = open_text(content, encoding)
        with reading:
            script = text.read().removeprefix("\ufeff")
    except UnicodeError as error:
        raise wrong_encoding(content, error) from error
    before = _tables(job.db)
    count = 0
    try:
        for statement in statements_of(script):
            count += 1
            _run(job.db, statement, count, content.name)
            await job.pace.step(content.total * statement.end // len(script), content.total, 0)
    finally:
        # Dumps write virtual tables into the schema itself, which SQLite has to read anew.
        job.db.execute("pragma writable_schema = reset")
    if not count:
        raise refused_data("no-rows", content.name, "there is no SQL in it")
    made = [table for table in _tables(job.db) if table not in before]
    job.imported.tables += [ImportedTable(table, _row_count(job.db, table)) for table in made]
    job.state(counted(count, "statement"))


def _run(db: sqlite3.Connection, statement: Statement, number: int, file_name: str) -> None:
    if statement.keyword in LEFT_OUT or ROLLBACK.match(statement.sql):
        if statement.keyword == "ROLLBACK":
            raise _failed(statement, number, file_name, "the script undoes itself here")
        return
    if statement.keyword == "ATTACH":
        raise _failed(statement, number, file_name, "a script can open no other database here")
    end = time.monotonic() + MOST_SECONDS
    db.set_progress_handler(lambda: time.monotonic() > end, CLOCK_STEPS)
    try:
        for _ in db.execute(statement.sql):
            pass
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            happened = f"it did not end within {MOST_SECONDS} seconds"
            raise _failed(statement, number, file_name, happened) from error
        # Scripts set up journals and page sizes, which are fixed by now and matter to nobody.
        if statement.keyword != "PRAGMA":
            raise _failed(statement, number, file_name, str(error)) from error
    finally:
        db.set_progress_handler(None, 0)


def _failed(statement: Statement, number: int, file_name: str, happened: str) -> Exception:
    shown = statement.sql[:SHOWN_CHARACTERS]
    return refused_data(
        "bad-sql",
        file_name,
        f"its statement {number:,}, on line {statement.line:,}, failed: {happened}",
        "Nothing of the script was kept. Correct the statement; SQL has to be that of SQLite.",
        detail=shown if shown == statement.sql else shown + "…",
    )


def _tables(db: sqlite3.Connection) -> list[str]:
    rows = db.execute(
        "select name from pragma_table_list where schema = 'main' and type in ('table', 'virtual')"
        " and name not like 'sqlite\\_%' escape '\\' order by rowid"
    )
    return [name for (name,) in rows]


def _row_count(db: sqlite3.Connection, table: str) -> int:
    (count,) = db.execute(f"select count(*) from {quoted(table)}").fetchone()
    return int(count)
