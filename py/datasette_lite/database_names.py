"""What databases are called, from the links they came by."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

#: File name endings that say nothing but "SQLite database".
SUFFIXES = re.compile(r"\.(db|sqlite|sqlite3)$", re.IGNORECASE)

#: Names that Datasette gives to databases of its own.
RESERVED = ("_memory", "_internal", "__INTERNAL__")

#: The name of a database whose link offers none that Datasette can route to.
NAMELESS = "database"

LINK = re.compile(
    r"(?:[a-z][a-z\d+.-]*:)?(?://(?P<authority>[^/?#\\]*))?(?P<path>[^?#]*)", re.IGNORECASE
)

#: Addresses whose last part is not the file's name, which stands before it: the APIs that links to
#: pages of GitLab and Zenodo are rewritten to.
NAME_WITHIN = re.compile(
    r"https?://(?:gitlab\.com/api/v4/projects/[^/?#]+/repository|zenodo\.org/api/records/\d+)"
    r"/files/(?P<name>[^/?#]+)/(?:raw|content)(?=$|[?#])",
    re.IGNORECASE,
)

GOOGLE_SHEET = re.compile(r"https?://docs\.google\.com/spreadsheets/", re.IGNORECASE)


def file_name_of(link: str) -> str:
    r"""The name of the file behind a link: the last part of its path, percent-decoded.

    The same as `fileNameOf` in `loader/shared/source-url.js`.

        https://h/a%20b.db?v=1 → a b.db      https://h/dir%2Fa.db → a.db
        https://h.example/     → h.example   data:;base64,…      → data

    A Google sheet's address does not tell its name: `sheet`.
    """
    if link.lower().startswith("data:"):
        return "data"
    if GOOGLE_SHEET.match(link):
        return "sheet"
    match = LINK.match(link)
    path, authority = (match["path"], match["authority"] or "") if match else ("", "")
    if within := NAME_WITHIN.match(link):
        path = within["name"]
    names = [name for name in re.split(r"[/\\]", unquote(path)) if name.strip(".")]
    host = re.sub(r":\d*$", "", authority.rpartition("@")[2])
    return names[-1] if names else host or "data"


def database_name(wanted: str, taken: Collection[str]) -> str:
    """A name for a database like that of its file, or the one wanted, different from those taken.

    fixtures.db        → fixtures      a.b.sqlite3      → a.b
    fixtures.db, again → fixtures_2    -.db             → database
    """
    wanted = "".join(each for each in SUFFIXES.sub("", wanted) if each.isprintable())
    # Datasette redirects /- to its home page.
    if wanted.strip() in ("", "-"):
        wanted = NAMELESS
    name, number = wanted, 2
    while name in taken or name in RESERVED:
        name, number = f"{wanted}_{number}", number + 1
    return name
