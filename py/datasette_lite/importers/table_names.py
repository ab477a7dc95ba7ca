"""What tables are called, from the addresses of their files."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from datasette_lite.database_names import GOOGLE_SHEET, file_name_of
from datasette_lite.importers.import_source import SourceKind

#: Endings of file names that say what the file is, not what it is about.
ENDINGS = re.compile(
    r"\.(csv|tsv|tab|psv|txt|json|jsonl|ndjson|geojson|geojsonl|sql|xlsx|xlsm|parquet|parq|pq"
    r"|db|sqlite3?|gz|gzip|zip|php|aspx?|jsp|cgi)$",
    re.IGNORECASE,
)

#: The name when the address offers none, as in Datasette Lite.
NAMELESS = "table"

#: Addresses of downloads that end in the name of a program.
GOOGLE_FILE = re.compile(
    r"https?://(?:drive\.google\.com|drive\.usercontent\.google\.com|docs\.google\.com/uc)\b",
    re.IGNORECASE,
)


class TableNames:
    """The names of one database's tables, each given once.

    Clashes are numbered as Datasette Lite did: data, data_1, data_2.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str) -> str:
        """A name like the one wanted that no other file has."""
        plain = _usable(wanted)
        name, number = plain, 1
        while name.casefold() in self._taken:
            name, number = f"{plain}_{number}", number + 1
        self._taken.add(name.casefold())
        return name

    def give_back(self, name: str) -> None:
        """Let another file have a name that `take` gave: what it was for has names of its own."""
        self._taken.discard(name.casefold())


def table_name(url: str, kind: SourceKind = "data") -> str:
    """The name for the table from the file at an address, as it is fetched.

    https://h/fight-songs.csv          → fight-songs    https://h/a.b.csv       → a.b
    https://h/data.csv.gz?v=1          → data           https://h/              → table
    gist.githubusercontent.com/u/i/raw → raw            /export.php?format=csv  → export

    A Google sheet's address does not tell its name, only perhaps that of one of its parts:

    …/export?format=csv&gid=0          → sheet          …&gid=7                 → sheet_7
    …/gviz/tq?tqx=out:csv&sheet=Cities → Cities

    But `?csv=…/export?format=csv` is `export`: so it was in Datasette Lite, whose documentation
    has a query of that name.
    """
    if GOOGLE_SHEET.match(url):
        return _google_sheet(url, kind)
    if GOOGLE_FILE.match(url):
        return NAMELESS
    address = urlsplit(url)
    if address.netloc and not address.path.strip("/"):
        return NAMELESS
    return plain_name(file_name_of(url))


def plain_name(file_name: str) -> str:
    """A file's name without the endings that say what it is. `a.csv.gz` → `a`."""
    name = file_name
    while ENDINGS.search(name):
        name = ENDINGS.sub("", name)
    return _usable(name)


def _google_sheet(url: str, kind: SourceKind) -> str:
    address = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(address.query).items()}
    if kind == "csv" and address.path.endswith("/export") and query == {"format": "csv"}:
        return "export"
    if "sheet" in query:
        return _usable(query["sheet"])
    gid = query.get("gid", "0")
    return "sheet" if gid == "0" else f"sheet_{gid}"


def _usable(name: str) -> str:
    usable = "".join(each for each in name if each.isprintable()).strip()
    if usable.lower().startswith("sqlite_"):
        usable = f"_{usable}"  # SQLite keeps these names for itself
    return usable or NAMELESS
