"""Pages of databases that stay at their hosts: what they fetched, and going on with more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_decode
from datasette.utils.asgi import Response

from datasette_lite.asgi import ASGIApp, Message, Receive, Scope, Send
from datasette_lite.byte_budget import (
    GO_ON_FACTOR,
    MOST_BYTES,
    PAGE_BYTES,
    ByteBudget,
    OverBudgetError,
    budget_of,
)
from datasette_lite.errors import LiteError
from datasette_lite.remote_database import RemoteDatabase
from datasette_lite.visit import visit_of

if TYPE_CHECKING:
    from datasette.app import Datasette, Request

GO_ON_PATH = "/-/lite/go-on"

#: How often a page is made whose database is replaced at its host meanwhile.
MOST_TRIES = 3

#: The visitor was not asked yet.
STOPPED = 400

#: The host, or the way to it.
UNAVAILABLE = 503


def with_budget(datasette: Datasette, app: ASGIApp) -> ASGIApp:
    """The application, whose pages fetch no more than the visitor agreed to."""

    async def app_with_budget(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        allowed = _allowances(datasette).get(_address(scope), PAGE_BYTES)
        is_remote = _remote_of(datasette, scope["path"]) is not None
        # Only what does not change anything may be made again.
        tries = MOST_TRIES if is_remote and scope["method"] in ("GET", "HEAD") else 1
        for last in (*[False] * (tries - 1), True):
            with budget_of(allowed, is_remote=is_remote) as budget:
                current = _Current(datasette, budget, send, sends_anything=last)
                await app(dict(scope), receive, current.send)
            if not current.is_dropped:
                return

    return app_with_budget


class _Current:
    """Sends an answer, unless it is about a file that was replaced at its host meanwhile."""

    def __init__(
        self, datasette: Datasette, budget: ByteBudget, send: Send, *, sends_anything: bool
    ) -> None:
        self.is_dropped = False
        self._datasette = datasette
        self._budget = budget
        self._send = send
        self._sends_anything = sends_anything

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self._sends_anything:
            self.is_dropped = self._is_outdated()
        if not self.is_dropped:
            await self._send(message)

    def _is_outdated(self) -> bool:
        return any(
            isinstance(database, RemoteDatabase)
            and self._budget.versions.get(database.path, database.version) != database.version
            for database in self._datasette.databases.values()
        )


async def go_on(datasette: Datasette, request: Request) -> Response:
    """The view behind "Go on": lets a page fetch more than before."""
    form = await request.post_vars()
    address = form.get("address", "/")
    allowed = _allowances(datasette).get(address, PAGE_BYTES)
    _allowances(datasette)[address] = min(MOST_BYTES, allowed * GO_ON_FACTOR)
    path, _, query = address.partition("?")
    return Response.redirect(datasette.urls.path(path) + (f"?{query}" if query else ""), status=303)


def exception_answer(
    datasette: Datasette, request: Request, exception: Exception
) -> Callable[[], Any] | None:
    """A page for what only pages of databases at their hosts meet."""

    async def stopped() -> Response:
        return await _stop_page(datasette, request, exception)

    async def failed() -> Response:
        context = {"title": "This page could not be made", "message": str(exception)}
        return await _page(datasette, request, context, UNAVAILABLE)

    if isinstance(exception, OverBudgetError):
        return stopped
    if isinstance(exception, LiteError):
        return failed
    return None


async def fetched_line(datasette: Datasette, request: Request, database: str) -> str | None:
    """HTML that says how much of a database was fetched."""
    remote = _remote_named(datasette, database)
    if not remote:
        return None
    replaced = remote.remote.replaced_at
    moment = datetime.fromtimestamp(replaced, UTC) if replaced else None
    template = datasette.get_jinja_environment(request).get_template("lite_fetched.html")
    return str(
        await template.render_async(
            {
                "fetched": size_words(remote.remote.fetched),
                "size": size_words(remote.size),
                "replaced": f"{moment:%H:%M} UTC" if moment else "",
            }
        )
    )


def stays_at_host(datasette: Datasette, name: str | None) -> bool:
    """Whether only what is read of a database is fetched."""
    return name is not None and _remote_named(datasette, name) is not None


def size_words(size: int) -> str:
    """Bytes as people say them, in steps of a thousand."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{max(1, round(size / 1000)) if size else 0} kB"


async def _stop_page(datasette: Datasette, request: Request, exception: Exception) -> Response:
    assert isinstance(exception, OverBudgetError)
    remote = _remote_of(datasette, request.path)
    size = remote.size if remote else 0
    going_on = min(MOST_BYTES, exception.most_bytes * GO_ON_FACTOR)
    context = {
        "title": "This page needs much of the database",
        "spent": size_words(exception.spent),
        "needed": size_words(exception.needed) if exception.needed else "",
        "size": size_words(size),
        "limit": size_words(MOST_BYTES),
        "too_large": (exception.needed or 0) > MOST_BYTES or going_on == exception.most_bytes,
        "next": size_words(going_on) if going_on > exception.most_bytes else "",
        "most": size_words(exception.most_bytes),
        "action": datasette.urls.path(GO_ON_PATH),
        "address": _address(request.scope),
    }
    return await _page(datasette, request, context, STOPPED)


async def _page(
    datasette: Datasette, request: Request, context: dict[str, Any], status: int
) -> Response:
    if request.path.endswith(".json"):
        message = context.get("message") or (
            f"This needs more than {context['most']} of a database that stays at its host"
        )
        body = {"ok": False, "error": message, "errors": [message], "status": status}
        return Response.json(body, status=status)
    html = await datasette.render_template("lite_stop.html", context, request=request)
    return Response.html(html, status=status)


def _address(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    path = scope["raw_path"].decode("latin-1").partition("?")[0]
    return f"{path}?{query}" if query else path


def _remote_of(datasette: Datasette, path: str) -> RemoteDatabase | None:
    # A dot begins a format, as in `.json` and `.db`: those of names are written otherwise.
    route = tilde_decode(path.lstrip("/").partition("/")[0].partition(".")[0])
    for database in datasette.databases.values():
        if isinstance(database, RemoteDatabase) and database.route == route:
            return database
    return None


def _remote_named(datasette: Datasette, name: str) -> RemoteDatabase | None:
    database = datasette.databases.get(name)
    return database if isinstance(database, RemoteDatabase) else None


def _allowances(datasette: Datasette) -> dict[str, int]:
    visit = visit_of(datasette)
    assert visit
    return visit.allowances
