"""What was written is in storage before anybody hears of it, and memory never differs for long."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.database import Database

from datasette_lite import plan_datasette
from datasette_lite.app import make_datasette
from datasette_lite.asgi import ASGIApp, Message, Receive, Scope, Send
from datasette_lite.bridge import Bridge
from datasette_lite.errors import BrowserError
from datasette_lite.plan_datasette import PlanDatasette
from datasette_lite.saving import SavingApp, remaking
from tests.py.conftest import Run, launch, source
from tests.py.memory_exchange import MemoryExchange, bridge_to
from tests.py.memory_storage import MemoryStorage

Scenario = Callable[[PlanDatasette, MemoryStorage], Coroutine[Any, Any, None]]

INSERT = "insert into t values (1)"

#: So much that the visitor has it before the rest is there.
BEFORE = b"before," * 100_000


def database_at(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.execute("create table t (x)")
        db.commit()
    return path


@pytest.fixture
def play(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], None]:
    """Run a scenario with a Datasette whose only database is a stored one, `made`."""
    monkeypatch.setattr(plan_datasette, "INTERNAL_PATH", str(tmp_path / "internal.db"))

    async def prepared(scenario: Scenario) -> None:
        storage = MemoryStorage()
        datasette = PlanDatasette(storage, settings={"num_sql_threads": 0})
        path = database_at(tmp_path / "made.db")
        datasette.add_database(Database(datasette, path=str(path)))
        await datasette.invoke_startup()
        assert datasette.saver
        await datasette.saver.save()
        storage.commits.clear()
        await scenario(datasette, storage)

    return lambda scenario: run(prepared(scenario))


def saving(datasette: PlanDatasette, app: ASGIApp) -> Bridge:
    assert datasette.saver
    return bridge_to(SavingApp(app, datasette.saver))


async def rows(datasette: PlanDatasette) -> int:
    counted = await datasette.get_database("made").execute("select count(*) from t")
    return int(counted.first()[0])


async def refuse() -> None:
    raise BrowserError("edit-not-saved", "There is no room left.")


Play = Callable[[Scenario], None]


def test_write_of_a_task_that_outlives_remaking_is_stored(play: Play) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        may_write, written = asyncio.Event(), asyncio.Event()
        made = datasette.get_database("made")

        async def work() -> None:
            await may_write.wait()
            await made.execute_write(INSERT)
            written.set()

        with remaking():
            await made.execute_write(INSERT)
            assert not storage.unsaved
            worker = asyncio.create_task(work())

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            may_write.set()
            await written.wait()
            await send({"type": "http.response.start", "status": 201, "headers": []})
            assert storage.commits == [[made.path]]
            await send({"type": "http.response.body", "body": b""})

        exchange = MemoryExchange()
        await saving(datasette, app).serve(exchange)
        await worker
        assert exchange.status == 201

    play(scenario)


def streaming(datasette: PlanDatasette, storage: MemoryStorage) -> ASGIApp:
    """Writes between two pieces of its answer; goes on when told that it was not stored."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        def piece(text: bytes, *, more: bool) -> Message:
            return {"type": "http.response.body", "body": text, "more_body": more}

        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send(piece(BEFORE, more=True))
        await datasette.get_database("made").execute_write(INSERT)
        try:
            await send(piece(b"written,", more=True))
        except BrowserError:
            storage.before_commit = None
        await send(piece(b"end", more=False))

    return app


def test_piece_of_an_answer_waits_until_what_was_written_before_is_stored(play: Play) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        exchange = MemoryExchange()
        await saving(datasette, streaming(datasette, storage)).serve(exchange)
        assert b"".join(exchange.pieces) == BEFORE + b"written,end"
        assert len(storage.commits) == 1
        assert not storage.unsaved

    play(scenario)


def test_answer_breaks_off_where_something_was_not_stored(play: Play) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        storage.before_commit = refuse
        exchange = MemoryExchange()
        await saving(datasette, streaming(datasette, storage)).serve(exchange)
        assert b"".join(exchange.pieces) == BEFORE
        assert isinstance(exchange.failure, BrowserError)
        assert not exchange.ended
        assert await rows(datasette) == 0

    play(scenario)


@pytest.mark.parametrize("has_room", [True, False])
def test_cancelled_save_is_brought_to_its_end(play: Play, has_room: bool) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        assert datasette.saver
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> None:
            begun.set()
            await go_on.wait()
            if not has_room:
                await refuse()

        storage.before_commit = slowly
        await datasette.get_database("made").execute_write(INSERT)
        save = asyncio.create_task(datasette.saver.save())
        await begun.wait()
        save.cancel()
        with pytest.raises(asyncio.CancelledError):
            await save
        assert storage.unsaved
        go_on.set()
        # Waits for the other, and finds nothing left to store.
        await datasette.saver.save()
        assert not storage.unsaved
        assert len(storage.commits) == has_room
        assert await rows(datasette) == has_room
        assert datasette.saver.losses == (not has_room)

    play(scenario)


def test_file_that_is_added_again_is_the_database_that_is_there(play: Play) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        made = datasette.get_database("made")
        names = list(datasette.databases)
        again = Database(datasette, path=made.path)
        assert datasette.add_database(again) is made
        assert datasette.add_database(Database(datasette, path=made.path), name="made") is made
        assert list(datasette.databases) == names
        assert not storage.unsaved

        datasette.add_database(Database(datasette, path=made.path), name="other")
        await datasette.get_database("other").execute_write(INSERT)
        assert await rows(datasette) == 1
        datasette.remove_database("other")
        assert storage.file(made.path)
        datasette.remove_database("made")
        assert not storage.file(made.path)

    play(scenario)


def test_made_database_whose_name_a_source_has_by_now_is_there(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_datasette, "INTERNAL_PATH", str(tmp_path / "internal.db"))
    storage = MemoryStorage()
    (tmp_path / "here").mkdir()
    made = database_at(tmp_path / "here" / "a.db")
    storage.adopt_changed(str(made), "a", None)
    added = source(database_at(tmp_path / "a.db"), "https://data.example/a.db")
    datasette = run(make_datasette(launch(added, storage=storage)))
    assert datasette.get_database("a").path == str(tmp_path / "a.db")
    assert datasette.get_database("a_2").path == str(made)


def test_databases_beside_one_that_does_not_fit_its_changes_are_durable(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_datasette, "INTERNAL_PATH", str(tmp_path / "internal.db"))
    storage = MemoryStorage()
    found = [database_at(tmp_path / name) for name in ("a.db", "b.db", "c.db")]
    storage.changed_originals = {"a.db"}
    sources = [source(path, f"https://data.example/{path.name}", option="data") for path in found]
    datasette = run(make_datasette(launch(*sources, storage=storage)))
    assert set(storage.files) >= {str(path) for path in found[1:]}
    assert not storage.imports
    assert {"b", "c"} <= set(datasette.databases)
    assert "a" not in datasette.databases


def test_what_adds_a_file_learns_its_name(play: Callable[[Scenario], None], tmp_path: Path) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        database = Database(datasette, path=str(database_at(tmp_path / "other.db")))
        datasette.add_database(database)
        assert (database.name, database.route) == ("other", "other")

    play(scenario)


def stored_rows(storage: MemoryStorage, path: str) -> list[int]:
    copy = Path(path).with_suffix(".stored")
    copy.write_bytes(storage.files[path].stored)
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        return [x for (x,) in db.execute("select x from t")]


def begin_without_commit(connection: sqlite3.Connection) -> None:
    connection.execute("begin")
    connection.execute(INSERT)


def insert_without_commit(connection: sqlite3.Connection) -> None:
    connection.execute(INSERT)


def insert_and_fail(connection: sqlite3.Connection) -> None:
    connection.execute(INSERT)
    raise LookupError("a plugin's own")


@pytest.mark.parametrize(
    ("fn", "error"),
    [
        (begin_without_commit, sqlite3.OperationalError),
        (insert_without_commit, sqlite3.OperationalError),
        (insert_and_fail, LookupError),
    ],
)
def test_transaction_that_is_left_open_is_an_error_and_harms_no_other_write(
    play: Play, fn: Callable[[sqlite3.Connection], None], error: type[Exception]
) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        made = datasette.get_database("made")
        with pytest.raises(error):
            await made.execute_write_fn(fn, transaction=False)
        assert await rows(datasette) == 0
        await made.execute_write("insert into t values (2)")
        assert datasette.saver
        await datasette.saver.save()
        assert stored_rows(storage, made.path) == [2]

    play(scenario)


def test_function_of_a_plugin_runs_once_with_all_of_the_database_at_hand(play: Play) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        made = datasette.get_database("made")
        values = iter([(1,), (2,)])
        file = storage.files[made.path]
        await made.execute_write_fn(
            lambda connection: connection.executemany("insert into t values (?)", values)
        )
        assert file.loads == 1
        assert await rows(datasette) == 2
        await made.execute_write_many("insert into t values (?)", iter([(3,)]))
        assert file.loads == 1

    play(scenario)


def test_write_by_a_function_for_reading_is_refused(play: Play) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        for database in (datasette.get_database("made"), datasette.get_internal_database()):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                await database.execute_fn(
                    lambda connection: connection.execute("create table other (x)")
                )

    play(scenario)


def answering(write: Callable[[], None]) -> ASGIApp:
    """Does something, and says that it is done."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        write()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    return app


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_write_of_a_connection_of_its_own_is_stored_before_the_answer(
    play: Play, mode: str
) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        path = datasette.get_database("made").path
        with closing(sqlite3.connect(path, isolation_level=None)) as own:
            own.execute(f"pragma journal_mode = {mode}")
            for count in (1, 2):
                exchange = MemoryExchange(method="POST")
                app = answering(lambda: insert_without_commit(own))
                await saving(datasette, app).serve(exchange)
                assert exchange.status == 201
                assert stored_rows(storage, path) == [1] * count
        await datasette.get_database("made").execute_write(INSERT)
        assert await rows(datasette) == 3

    play(scenario)


def test_open_transaction_of_a_connection_of_its_own_is_not_stored_in_part(play: Play) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        path = datasette.get_database("made").path
        # One page of cache: what is written goes to the file before it is committed.
        with closing(sqlite3.connect(path, isolation_level=None)) as own:
            own.execute("pragma cache_size = 1")

            def write() -> None:
                own.execute("begin")
                for _ in range(3000):
                    own.execute("insert into t values (zeroblob(900))")

            posted, read = MemoryExchange(method="POST"), MemoryExchange()
            await saving(datasette, answering(write)).serve(posted)
            assert posted.status == 507
            await saving(datasette, answering(lambda: None)).serve(read)
            assert read.status == 201
            assert not storage.commits
            own.execute("rollback")
            own.execute(INSERT)
        await saving(datasette, answering(lambda: None)).serve(MemoryExchange())
        assert stored_rows(storage, path) == [1]

    play(scenario)


def test_database_that_is_replaced_is_never_neither(play: Play, tmp_path: Path) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        path = datasette.get_database("made").path
        assert datasette.saver
        datasette.remove_database("made")
        assert storage.unsaved
        Path(path).unlink()
        datasette.add_database(Database(datasette, path=str(database_at(Path(path)))), name="new")
        await datasette.get_database("new").execute_write("insert into t values (5)")
        await datasette.saver.save()
        assert storage.commits == [[path]]
        assert stored_rows(storage, path) == [5]
        assert storage.made_names == {path: "new"}

    play(scenario)


def test_database_that_was_used_before_it_was_added_is_stored(play: Play, tmp_path: Path) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        used = Database(datasette, path=str(database_at(tmp_path / "used.db")), mode="rwc")
        await used.execute_write(INSERT)
        datasette.add_database(used)
        await used.execute_write("insert into t values (2)")
        assert datasette.saver
        await datasette.saver.save()
        assert stored_rows(storage, used.path) == [1, 2]

    play(scenario)


def test_all_databases_of_a_file_forget_what_was_not_stored(play: Play) -> None:
    async def scenario(datasette: PlanDatasette, storage: MemoryStorage) -> None:
        made = datasette.get_database("made")
        datasette.add_database(Database(datasette, path=made.path), name="other")
        other = datasette.get_database("other")
        assert datasette.saver
        await made.execute_write(INSERT)
        await datasette.saver.save()
        storage.before_commit = refuse
        await made.execute_write("insert into t values (2)")
        assert [row[0] for row in await other.execute("select x from t")] == [1, 2]
        with pytest.raises(BrowserError):
            await datasette.saver.save()
        # The change counter of the file is at the same number again.
        storage.before_commit = None
        await made.execute_write("insert into t values (3)")
        assert [row[0] for row in await other.execute("select x from t")] == [1, 3]

    play(scenario)
