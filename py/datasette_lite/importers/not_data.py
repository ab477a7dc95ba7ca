"""What to say of a file that holds no data, or none that can be read here."""

from __future__ import annotations

from datasette_lite.errors import DataError
from datasette_lite.importers.content import Content
from datasette_lite.importers.import_source import SourceKind
from datasette_lite.importers.kinds import HEAD_BYTES, TEXT_KINDS, Kind, detect, unreadable_name
from datasette_lite.importers.refusals import CHECK_FILE, refused_data
from datasette_lite.web_pages import web_page_words

CALLED = {"json": "JSON", "sql": "SQL", "csv": "plain text, such as CSV"}


def no_data(content: Content, kind: Kind, asked: SourceKind) -> DataError:
    """The fault for a kind that is none to import.

    asked: the option that it came by.
    """
    head = content.head(HEAD_BYTES)
    beginning = f"It begins with {head[:64]!r}"
    if kind == "html":
        happened, advice = web_page_words(head)
        return refused_data(
            "html-instead-of-data", content.name, happened, advice, detail=beginning
        )
    if kind == "lfs-pointer":
        return refused_data(
            "lfs-pointer",
            content.name,
            "it is only a Git LFS pointer; the data itself is stored elsewhere",
            "For a repository on GitHub use the address https://media.githubusercontent.com/"
            "media/<owner>/<repository>/<branch>/<path>.",
            detail=beginning,
        )
    if kind == "empty":
        return refused_data("data-empty", content.name, "the file is empty")
    found = detect(head, content.name)
    if found in TEXT_KINDS:
        happened = f"it is no {asked} file, it looks like {CALLED[found]}"
        advice = f"{CHECK_FILE} If it is what you meant, write data= in place of {asked}=."
        return refused_data("unsupported-format", content.name, happened, advice, detail=beginning)
    looks = unreadable_name(head)
    happened = f"it looks like {looks}" if looks else "it is of a kind that cannot be read here"
    advice = "Datasette Lite reads CSV, TSV, JSON, GeoJSON, Parquet, Excel (.xlsx), SQL and SQLite."
    return refused_data("unsupported-format", content.name, happened, advice, detail=beginning)
