"""Notices at the top of the home and database pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from datasette_lite.database_names import file_name_of
from datasette_lite.databases import OpenedDatabase
from datasette_lite.errors import DataError, LiteError
from datasette_lite.importers.import_source import Imported
from datasette_lite.launch import Launch, LoadedSource
from datasette_lite.plugin.changed_plan import change_link, settings_in_words
from datasette_lite.plugin.download import download_path
from datasette_lite.plugin.remote import fetched_line, size_words
from datasette_lite.visit import Visit

if TYPE_CHECKING:
    from datasette.app import Datasette, Request

#: Files and addresses of code that was left out; the page that asks names all.
MOST_NAMED = 10


@dataclass(frozen=True)
class Origin:
    """Where data came from, in words.

    href: its address, where a browser can follow it.
    host: '' for the site's own data and for `data:` links.
    fetched: moment of the download, in ISO 8601; '' for the site's own data.
    """

    name: str
    href: str
    host: str
    fetched: str
    fetched_words: str

    @classmethod
    def of(cls, source: LoadedSource) -> Origin:
        """The origin of a source."""
        url = urlsplit(source.url)
        followable = url.scheme in ("http", "https")
        moment = None if source.fetched is None else datetime.fromtimestamp(source.fetched, UTC)
        return cls(
            name=source.name,
            href=source.url if followable else "",
            host=url.netloc if followable and moment else "",
            fetched=moment.isoformat(timespec="seconds") if moment else "",
            fetched_words=_words(moment) if moment else "",
        )


@dataclass(frozen=True)
class Edits:
    """What a visitor changed in a database, in words.

    path: by which the loader knows it.
    made: it was made here, so there is no original.
    saved: moment, in ISO 8601.
    """

    name: str
    href: str
    path: str
    made: bool
    saved: str
    saved_words: str
    size_words: str
    download: str

    @classmethod
    def of(cls, datasette: Datasette, visit: Visit, name: str) -> Edits | None:
        """Those of the database of that name; None when nothing was changed."""
        storage = visit.launch.storage
        database = datasette.databases.get(name)
        saved = storage.saved().get(database.path) if storage and database else None
        if not saved or not saved.version or not database:
            return None
        moment = datetime.fromtimestamp(saved.saved_at, UTC)
        return cls(
            name=name,
            href=datasette.urls.database(name),
            path=database.path,
            made=visit.database(name) is None,
            saved=moment.isoformat(timespec="seconds"),
            saved_words=_words(moment),
            size_words=size_words(saved.size),
            download=download_path(datasette, name),
        )

    @classmethod
    def internal(cls, visit: Visit, path: str) -> Edits | None:
        """What is kept of stored queries and of descriptions that were edited."""
        saved = visit.launch.storage.saved().get(path) if visit.launch.storage else None
        if not saved or not saved.version:
            return None
        moment = datetime.fromtimestamp(saved.saved_at, UTC)
        return cls(
            "", "", path, True, moment.isoformat(), _words(moment), size_words(saved.size), ""
        )


def _words(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


async def home_notices(datasette: Datasette, visit: Visit, request: Request) -> str:
    """HTML about every source of the plan."""
    edited = [name for name in datasette.databases if Edits.of(datasette, visit, name)]
    return await _render(datasette, request, visit, visit.data.databases, edited, is_home=True)


async def database_notices(datasette: Datasette, visit: Visit, request: Request, name: str) -> str:
    """HTML about one database, and about the sources that failed."""
    database = visit.database(name)
    notices = await _render(datasette, request, visit, [database] if database else [], [name])
    return notices + (await fetched_line(datasette, request, name) or "")


def allow_url(visit: Visit) -> str:
    """Where the visitor can agree to code that was left out; '' where the site lets nobody."""
    launch = visit.launch
    return "" if launch.only_verified else f"{launch.site_url}#allow={launch.segment}"


async def _render(
    datasette: Datasette,
    request: Request,
    visit: Visit,
    databases: Sequence[OpenedDatabase],
    edited: Sequence[str],
    *,
    is_home: bool = False,
) -> str:
    template = datasette.get_jinja_environment(request).get_template("lite_notices.html")
    sources = [each.source for each in databases if each.source]
    imports = visit.data.imports if any(each.source is None for each in databases) else []
    storage = visit.launch.storage
    context: dict[str, Any] = {
        "refusal": storage.refusal if storage else None,
        "is_home": is_home,
        "faults": [_fault_view(fault) for fault in visit.data.faults],
        "source_count": len(visit.launch.sources),
        "retry": _retry(visit.data.faults),
        "refused_code": [each for code in visit.data.refused_code for each in code.runs],
        "most_named": MOST_NAMED,
        "allow_url": allow_url(visit),
        "edits": [edits for name in edited if (edits := Edits.of(datasette, visit, name))],
        "had_wal": [each.source.name for each in databases if each.source and each.had_wal],
        "origins": [Origin.of(each) for each in sources],
        "imports": [
            _import_view(visit.launch, source, each)
            for source, each in zip(visit.data.imported_sources, imports, strict=False)
        ],
    }
    return str(await template.render_async(context))


def _import_view(launch: Launch, source: LoadedSource, imported: Imported) -> dict[str, Any]:
    return {
        "name": imported.source.name,
        "tables": imported.tables,
        "facts": imported.facts,
        "detected": settings_in_words(imported.detected),
        "change": change_link(launch, source, imported.detected),
    }


def _fault_view(fault: LiteError) -> dict[str, str]:
    return {
        "name": file_name_of(fault.source),
        "code": fault.code,
        "source": fault.source,
        "message": fault.message,
        "detail": "\n".join(filter(None, (fault.source, fault.code, fault.detail))),
    }


def _retry(faults: Sequence[LiteError]) -> str:
    """What a button must do for another try: bad data is kept, and must be fetched anew."""
    return "refetch" if any(isinstance(fault, DataError) for fault in faults) else "restart"
